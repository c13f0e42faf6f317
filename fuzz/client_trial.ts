import { ConnectionClosedError, RpcError } from "../src/errors.ts";
import { toLimits } from "../src/limits.ts";
import { memoryPair } from "../src/testing/memory_pair.ts";
import type { Random } from "../src/testing/random.ts";
import { Timers } from "../src/testing/timers.ts";
import { WireClient } from "../src/wire/client.ts";
import { makeAnswers } from "./answers.ts";
import { cut } from "./check_answers.ts";
import { checkError } from "./check_error.ts";
import { type CallEnd, expectCalls } from "./expect_calls.ts";
import { anyPair, endWriting, feed, hangUp } from "./feed.ts";
import { times } from "./hostile.ts";
import { mutateBytes, mutateLines, rawBytes, toBytes } from "./mutate.ts";
import { Tap } from "./tap.ts";
import { rest } from "./tick.ts";
import { type Outcome, show } from "./trial.ts";

const MAX_MESSAGE_BYTES = 8192;

/** Feeds a client with what a false server says, and compares how its calls end with how they should. */
export async function clientTrial(random: Random): Promise<Outcome> {
  using timers = new Timers();
  const bytes = makeBytes(random);
  const [near, far] = memoryPair(anyPair(random, bytes.length));
  const client = new WireClient(near, {
    ...toLimits({ maxMessageBytes: MAX_MESSAGE_BYTES }),
    onNotification: (method) => {
      if (method === "$/closing") client.finishSoon(50);
    },
  });
  const tap = new Tap(far);
  const failures: string[] = [];
  const controller = new AbortController();
  const ends = new Map<number, CallEnd | "aborted">();
  const pending = new Set<number>();
  times(random.between(1, 5), (at) => {
    const isAborted = random.chance(20);
    const signal = isAborted ? controller.signal : undefined;
    if (!isAborted) pending.add(at + 1);
    client.call("m", [at], signal).then(
      (result) => ends.set(at + 1, `result ${JSON.stringify(result)}`),
      (error) => ends.set(at + 1, endOf(error, random, failures)),
    );
  });
  controller.abort();
  const finishes = random.chance(20);
  if (finishes) client.finish();
  let isClosed = false;
  client.closed.then(() => isClosed = true);
  await feed(random, far, bytes);
  const expected = expectCalls(bytes, pending, MAX_MESSAGE_BYTES);
  if (finishes && ![...expected.values()].includes("closed")) {
    if (!await rest(() => isClosed)) {
      failures.push("the client does not finish");
    }
  } else if (random.chance(50)) await endWriting(far);
  await rest(() => tap.ended, 10);
  hangUp(far);
  if (!await rest(() => isClosed)) failures.push("the client does not end");
  failures.push(...compare(ends, expected));
  if (timers.length > 0) failures.push("a timer is left");
  return { failures, fed: show(bytes) };
}

function compare(
  ends: ReadonlyMap<number, CallEnd | "aborted">,
  expected: ReadonlyMap<number, CallEnd>,
): string[] {
  return Array.from(expected).filter(([id, end]) => ends.get(id) !== end)
    .map(([id, end]) =>
      `call ${id} ended by ${cut(`${ends.get(id)}`)}, not ${cut(end)}`
    );
}

function makeBytes(random: Random): Uint8Array<ArrayBuffer> {
  if (random.chance(5)) return rawBytes(random);
  let lines = makeAnswers(random);
  if (random.chance(40)) lines = mutateLines(random, lines);
  // Answers to all calls, and the others behind them.
  if (random.chance(30)) {
    lines.unshift(
      ...[5, 3, 1, 2, 4].map((id) => `{"id":${id},"result":${id}}`),
    );
  }
  const bytes = toBytes(lines);
  return random.chance(30) ? mutateBytes(random, bytes) : bytes;
}

function endOf(
  error: unknown,
  random: Random,
  failures: string[],
): CallEnd | "aborted" {
  if (error instanceof DOMException) return "aborted";
  failures.push(...checkError(error, random.chance(5)));
  if (error instanceof RpcError) return "error";
  if (!(error instanceof ConnectionClosedError)) {
    failures.push(`a call was rejected with ${Deno.inspect(error)}`);
  }
  return "closed";
}
