import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { check } from "./check.ts";
import { parseJournal, toLine } from "./journal.ts";
import { ACTIONS, makePlan } from "./plan.ts";
import type { Failure } from "./report.ts";
import { runRound } from "./round.ts";

const SHORT = { seed: 15, round: 0, clients: 6, duration: 1500 };

/** A daemon that has nothing of its own that could end it before its starter comes. */
const PATIENT = { autoclose: 60_000, drainTimeout: 5000 };

Deno.test("autod() keeps its promises while daemons and clients are killed, stopped and confused", async () => {
  // Other tests in this process need descriptors as well.
  const only = ACTIONS.filter((action) => action !== "fill the backlog");
  const plan = { ...makePlan({ ...SHORT, only }), ...PATIENT };
  const { signal } = new AbortController();
  const { failures, tally } = await runRound(plan, signal);
  assertEquals(failures, []);
  assert(tally.answered > 0);
});

Deno.test("autod() answers every call while daemons close, are replaced and lose their sockets", async () => {
  const only = ["remove the socket", "shut down", "touch the rpcfile"] as const;
  const plan = { ...makePlan({ ...SHORT, only }), ...PATIENT };
  assert(plan.isGentle);
  const { signal } = new AbortController();
  const { failures, tally } = await runRound(plan, signal);
  assertEquals(failures, []);
  assert(tally.answered > 0);
});

Deno.test("runRound() leaves nothing behind when it is aborted", async () => {
  const plan = makePlan({ ...SHORT, duration: 60_000 });
  const controller = new AbortController();
  const running = runRound(plan, controller.signal);
  controller.abort();
  assertEquals((await running).failures, []);
});

Deno.test("makePlan() decides the same by the same seed", () => {
  assertEquals(makePlan(SHORT), makePlan(SHORT));
  assertNotEquals(makePlan(SHORT), makePlan({ ...SHORT, seed: 16 }));
  assertNotEquals(makePlan(SHORT), makePlan({ ...SHORT, round: 1 }));
});

const ENTRY = { id: "a", count: 1, pid: 7 };

/** What a client tells of the call "a". */
function failed(why: Failure) {
  return { event: "failed", ms: 0, id: "a", why } as const;
}

Deno.test("check() accepts what may happen to a call", () => {
  const answered = { event: "answered", ms: 3, entry: ENTRY } as const;
  const lost = failed({ error: "closed", maybeExecuted: true });
  const unsent = failed({ error: "closed", maybeExecuted: false });
  assertEquals(check([ENTRY], [answered]).failures, []);
  assertEquals(check([ENTRY], [lost]).failures, []);
  assertEquals(check([], [lost]).failures, []);
  const { failures, tally } = check([], [unsent]);
  assertEquals([failures, tally.unsent, tally.lost], [[], 1, 0]);
});

Deno.test("check() finds an answer that was not counted", () => {
  const answered = { event: "answered", ms: 0, entry: ENTRY } as const;
  assertEquals(check([], [answered]).failures.length, 1);
  const other = { ...ENTRY, pid: 8 };
  assertEquals(check([other], [answered]).failures.length, 1);
});

Deno.test("check() finds a call that was executed although its error denies it", () => {
  const unsent = failed({ error: "closed", maybeExecuted: false });
  const refused = failed({ error: "autod", code: "timeout", message: "" });
  assertEquals(check([ENTRY], [unsent]).failures.length, 1);
  assertEquals(check([ENTRY], [refused]).failures.length, 1);
});

Deno.test("check() finds an error that says nothing of the call", () => {
  const { failures } = check([], [failed({ error: "other", text: "Oh" })]);
  assertEquals(failures, ["wrong error: Oh"]);
});

Deno.test("check() finds a call that was counted twice", () => {
  const again = { ...ENTRY, count: 2 };
  assertEquals(check([ENTRY, again], []).failures, ["a was counted twice"]);
});

Deno.test("check() finds two daemons that served at once", () => {
  const journal = [
    ENTRY,
    { id: "b", count: 1, pid: 8 },
    { id: "c", count: 2, pid: 7 },
  ];
  assert(check(journal, []).failures.length > 0);
});

Deno.test("check() finds a count that was lost", () => {
  const { failures } = check([ENTRY, { id: "b", count: 3, pid: 7 }], []);
  assertEquals(failures, ["b has the count 3 and not 2"]);
});

Deno.test("parseJournal() reads what toLine() wrote", () => {
  assertEquals(parseJournal(toLine(ENTRY).repeat(2)), [ENTRY, ENTRY]);
});
