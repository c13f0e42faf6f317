import type { Entry } from "./journal.ts";
import type { Told } from "./report.ts";

/** How the calls of a round ended. */
export interface Tally {
  answered: number;
  /** Failed, and may have been executed. */
  lost: number;
  /** Failed, and was certainly not executed. */
  unsent: number;
  /** How often `autod()` gave up, by what its error says. */
  readonly refused: Record<string, number>;
  /** The longest that a call or a start took, in milliseconds. */
  slowest: number;
}

/** What came of a round's calls. */
export interface Verdict {
  readonly tally: Tally;
  /** What must not have happened. */
  readonly failures: readonly string[];
}

/** Compares what the clients were told with what the daemons wrote down. */
export function check(
  journal: readonly Entry[],
  told: readonly Told[],
): Verdict {
  const entries = new Map(journal.map((entry) => [entry.id, entry]));
  const failures = [...checkJournal(journal)];
  const tally: Tally = {
    answered: 0,
    lost: 0,
    unsent: 0,
    refused: {},
    slowest: 0,
  };
  for (const line of told) {
    if ("ms" in line) tally.slowest = Math.max(tally.slowest, line.ms);
    if (line.event === "answered") {
      tally.answered++;
      failures.push(...checkAnswer(line.entry, entries.get(line.entry.id)));
    }
    if (line.event !== "failed" && line.event !== "refused") continue;
    const { why } = line;
    if (why.error === "other") failures.push(`wrong error: ${why.text}`);
    if (why.error === "autod") {
      const kind = `${why.code}: ${withoutNames(why.message)}`;
      tally.refused[kind] = (tally.refused[kind] ?? 0) + 1;
    }
    if (line.event === "refused") {
      if (why.error === "closed") failures.push("autod() lost a connection");
      continue;
    }
    const isUnsent = why.error === "autod" ||
      why.error === "closed" && !why.maybeExecuted;
    if (isUnsent) tally.unsent++;
    else tally.lost++;
    // A start that fails is that of a successor, for a call that went nowhere.
    if (isUnsent && entries.has(line.id)) {
      failures.push(`${line.id} was executed, and its error denied it`);
    }
  }
  return { tally, failures };
}

/** A message as it is for each socket and each process. */
function withoutNames(message: string): string {
  return message.replace(/"[^"]*"/g, "…").replace(/\d{3,}/g, "#");
}

/** What is wrong with a round after which every call should have been answered. */
export function checkGentle({ lost, unsent, refused }: Tally): string[] {
  return lost + unsent + Object.keys(refused).length === 0
    ? []
    : ["nobody was hurt, and not every call was answered"];
}

function checkAnswer(answer: Entry, entry: Entry | undefined): string[] {
  if (
    entry && entry.count === answer.count && entry.pid === answer.pid
  ) return [];
  return [
    `the answer ${JSON.stringify(answer)} is not in the journal, but ${
      JSON.stringify(entry)
    }`,
  ];
}

function* checkJournal(journal: readonly Entry[]): Iterable<string> {
  const ids = new Set<string>();
  const ended = new Set<number>();
  let pid = 0;
  let count = 0;
  for (const entry of journal) {
    if (ids.has(entry.id)) yield `${entry.id} was counted twice`;
    ids.add(entry.id);
    if (entry.pid !== pid) {
      ended.add(pid);
      if (ended.has(entry.pid)) {
        yield `${entry.pid} served again after ${pid} at ${entry.id}`;
      }
      pid = entry.pid;
      count = 0;
    }
    count++;
    if (entry.count === count) continue;
    yield `${entry.id} has the count ${entry.count} and not ${count}`;
    count = entry.count;
  }
}
