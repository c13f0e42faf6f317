import { inTime } from "../src/testing/deadline.ts";
import type { Sandbox } from "../src/testing/sandbox.ts";
import { soon } from "../src/testing/soon.ts";
import { descriptorsOf, socketsAt } from "./proc.ts";

/** How long to wait for what ends by itself, in milliseconds. */
const LIMIT = 15_000;

interface Status {
  readonly pid: number;
  readonly sessions: number;
  readonly calls: number;
}

/** Looks for what is left of a round whose clients have all gone. */
export async function checkEnd(box: Sandbox): Promise<string[]> {
  const failures: string[] = [];
  let seen: Status | undefined;
  const isIdle = await soon(async () => {
    seen = await status(box);
    // The one that asks is a session.
    return seen === undefined || seen.sessions === 1 && seen.calls === 0;
  }, LIMIT);
  if (!isIdle) {
    failures.push(`sessions are left: ${JSON.stringify(seen)}`);
  }
  if (seen && !await soon(() => hasOnlyListener(box, seen!.pid), LIMIT)) {
    failures.push(
      `${seen.pid} has sockets left: ${descriptorsOf(seen.pid).join(", ")}`,
    );
  }
  await ask(box, "$/shutdown");
  if (!await soon(() => box.daemons().length === 0, LIMIT)) {
    failures.push(`daemons are left: ${box.daemons()}`);
  }
  for (const { name } of Deno.readDirSync(box.dir)) {
    if (!/\.(lock|spawn)$/.test(name)) continue;
    if (!await isFree(box.path(name))) failures.push(`${name} is locked`);
  }
  return failures;
}

// It may close by its idleness in the meantime.
function hasOnlyListener(box: Sandbox, pid: number): boolean {
  const path = `${box.sockfile}.new`; // what is bound, and moved
  const { listening, connected } = socketsAt(path, pid);
  return listening <= 1 && connected === 0;
}

async function status(box: Sandbox): Promise<Status | undefined> {
  const answer = await ask(box, "$/status");
  return answer === undefined ? undefined : JSON.parse(answer).result;
}

async function ask(box: Sandbox, method: string): Promise<string | undefined> {
  try {
    const answer = await inTime(box.request(method), `an answer to ${method}`);
    return answer || undefined;
  } catch (error) {
    // There is none, or it closes.
    if (/^Never happened/.test((error as Error).message)) throw error;
  }
}

async function isFree(path: string): Promise<boolean> {
  using file = Deno.openSync(path, { read: true, write: true });
  return await file.tryLock(true);
}
