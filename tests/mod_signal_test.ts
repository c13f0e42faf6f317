import {
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { autod, withSignal } from "../mod.ts";
import { inTime } from "../src/testing/deadline.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";

// `aborts` resolves when the daemon has aborted as many calls.
const WAITER = `const reasons = [];
  const waiting = [];
  export default (server, stream) => ({
    wait: () => {
      const { callSignal } = stream;
      callSignal.addEventListener("abort", () => {
        reasons.push(callSignal.reason.name);
        for (const look of waiting) look();
      });
      return new Promise(() => {});
    },
    echo: (value) => value,
    aborts: (count) => new Promise((resolve) => {
      const look = () => reasons.length >= count && resolve(reasons);
      waiting.push(look);
      look();
    }),
  });`;

interface Waiter {
  wait(): Promise<unknown>;
  echo(value: unknown): unknown;
  aborts(count: number): string[];
}

const METHODS = ["wait", "echo", "aborts"] as const;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.ts", WAITER);
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

Deno.test("withSignal() rejects the call with the reason, and aborts it in the daemon", async () => {
  await using box = new Sandbox();
  await using daemon = await autod<Waiter>(optionsIn(box));
  const controller = new AbortController();
  const reason = new Error("Changed my mind");
  const call = withSignal(daemon.rpc, controller.signal).wait();
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => call, Error), reason);
  assertEquals(await daemon.rpc.aborts(1), ["AbortError"]);
});

Deno.test("withSignal() rejects every call that is under way", async () => {
  await using box = new Sandbox();
  await using daemon = await autod<Waiter>(optionsIn(box));
  const controller = new AbortController();
  const rpc = withSignal(daemon.rpc, controller.signal);
  const calls = [rpc.wait(), rpc.wait()];
  controller.abort();
  for (const call of calls) await assertRejects(() => call, DOMException);
  assertEquals((await daemon.rpc.aborts(2)).length, 2);
});

Deno.test("withSignal() leaves other calls alone", async () => {
  await using box = new Sandbox();
  await using daemon = await autod<Waiter>(optionsIn(box));
  const controller = new AbortController();
  const other = daemon.rpc.aborts(1);
  const rpc = withSignal(daemon.rpc, controller.signal);
  assertEquals(await rpc.echo("answered before"), "answered before");
  const call = rpc.wait();
  controller.abort();
  await assertRejects(() => call, DOMException);
  assertEquals(await other, ["AbortError"]);
  assertEquals(await daemon.rpc.echo(1), 1);
});

Deno.test("withSignal() rejects a call whose signal has aborted, without sending it", async () => {
  await using box = new Sandbox();
  await using daemon = await autod<Waiter>(optionsIn(box));
  const reason = new Error("Too late");
  const rpc = withSignal(daemon.rpc, AbortSignal.abort(reason));
  assertStrictEquals(await assertRejects(() => rpc.wait(), Error), reason);
  // Another call that is aborted shows that the first one never came.
  const controller = new AbortController();
  const call = withSignal(daemon.rpc, controller.signal).wait();
  controller.abort();
  await assertRejects(() => call, DOMException);
  assertEquals(await daemon.rpc.aborts(1), ["AbortError"]);
});

for (const which of ["outer", "inner"] as const) {
  Deno.test(`withSignal() composes with another signal: the ${which} one aborts`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod<Waiter>(optionsIn(box));
    const controllers = {
      outer: new AbortController(),
      inner: new AbortController(),
    };
    const { outer, inner } = controllers;
    const rpc = withSignal(withSignal(daemon.rpc, inner.signal), outer.signal);
    const call = rpc.wait();
    const reason = new Error(which);
    controllers[which].abort(reason);
    assertStrictEquals(await assertRejects(() => call, Error), reason);
    assertEquals(await daemon.rpc.aborts(1), ["AbortError"]);
  });
}

Deno.test("withSignal() makes an object like the rpc of the daemon", async () => {
  await using box = new Sandbox();
  await using daemon = await autod<Waiter>(optionsIn(box));
  const rpc = withSignal(daemon.rpc, new AbortController().signal);
  assertEquals(Object.getPrototypeOf(rpc), null);
  assertEquals(Object.keys(rpc), Object.keys(daemon.rpc));
  assertFalse(rpc === daemon.rpc);
});

Deno.test("withSignal() rejects what is no signal, and makes no call", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write("iface.js", "export default () => ({ add() {} });");
  const methods = ["add"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  for (const signal of [undefined, {}, new AbortController()]) {
    assertThrows(
      () => withSignal(daemon.rpc, signal as AbortSignal),
      TypeError,
      "it should be an AbortSignal",
    );
  }
});

Deno.test("withSignal() rejects what is not the rpc of a daemon", () => {
  const { signal } = new AbortController();
  for (const foreign of [{}, { add: () => 1 }, Object.create(null)]) {
    assertThrows(
      () => withSignal(foreign, signal),
      TypeError,
      "withSignal() takes the rpc of a daemon",
    );
  }
});

Deno.test("Session.callSignal aborts when the client goes away", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using observer = await autod<Waiter>(options);
  const leaver = await autod<Waiter>(options);
  const call = leaver.rpc.wait();
  // What is answered after the call was sent shows that it has begun.
  await leaver.rpc.echo(1);
  leaver.connection.close();
  await assertRejects(() => call, Error);
  assertEquals((await observer.rpc.aborts(1)).length, 1);
});

Deno.test("Session.callSignal aborts when the client is killed", async () => {
  await using box = new Sandbox();
  const { onProcess, ...options } = optionsIn(box);
  await using observer = await autod<Waiter>({ ...options, onProcess });
  await using script = new Script(
    box,
    `const { rpc } = await autod(${JSON.stringify(options)});
    rpc.wait();
    console.log(await rpc.echo("it has begun"));
    await rpc.wait();`,
  );
  assertEquals(await script.line(), "it has begun");
  script.kill("SIGKILL");
  const [reason] = await inTime(
    observer.rpc.aborts(1),
    "the abort of the call",
  );
  assertEquals(reason, "AbortError");
});
