/** What a daemon writes down of each call, before it answers. */
export interface Entry {
  readonly id: string;
  /** How many calls the daemon has counted by then. */
  readonly count: number;
  /** Which daemon it was. */
  readonly pid: number;
}

/** Names of files in a round's folder. */
export const FILES = {
  journal: "journal",
  violations: "violations",
  holder: "holder",
  rpcfile: "rpc.ts",
} as const;

/** One line; it is written by one write, so that a killed daemon leaves no half of it. */
export function toLine({ id, count, pid }: Entry): string {
  return `${id} ${count} ${pid}\n`;
}

/** The entries of a journal. */
export function parseJournal(text: string): Entry[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [id, count, pid] = line.split(" ");
    return { id, count: Number(count), pid: Number(pid) };
  });
}
