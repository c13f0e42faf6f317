import type { Random } from "../src/testing/random.ts";
import { checkAnswers } from "./check_answers.ts";
import { checkFrames, splitAnswer } from "./check_frames.ts";
import {
  expectAnswers,
  type Expectation,
  isOpen,
  type Served,
} from "./expect.ts";
import { endWriting, feed, hangUp } from "./feed.ts";
import { makeFrames } from "./frames.ts";
import { STREAMS } from "./iface_streams.ts";
import { concat, toBytes } from "./mutate.ts";
import { makeLines, requestText } from "./requests.ts";
import { Tap } from "./tap.ts";
import { type Outcome, show } from "./trial.ts";

/** Where a daemon listens, and what it serves. */
export interface Socket {
  readonly path: string;
  readonly served: Served;
}

/** Methods whose streams do not end by themselves. */
const ENDLESS = /stuck|endless/;

/** Feeds a daemon through its socket: to the end, or cut off somewhere in one way or another. */
export async function socketTrial(
  random: Random,
  { path, served }: Socket,
): Promise<Outcome> {
  const method = random.chance(30) ? random.pick(STREAMS) : undefined;
  const all = method === undefined
    ? makeAnyLines(random, served)
    : makeStream(random, method, served);
  const whole = random.chance(75);
  const bytes = whole ? all : all.subarray(0, random.below(all.length));
  const expectation = expectAnswers(bytes, served);
  const { isStream, ends } = expectation;
  const waits = whole && !isOpen(expectation) && !ends &&
    (method === undefined ? !isStream : !ENDLESS.test(method));
  const conn = await Deno.connect({ transport: "unix", path });
  // Whoever has not read what came resets the connection by closing it.
  const tap = waits || random.chance(50) ? new Tap(conn) : undefined;
  await feed(random, conn, bytes);
  if (waits || random.chance(50)) await endWriting(conn);
  if (waits) await tap!.end;
  hangUp(conn);
  await tap?.end;
  const failures = waits ? judge(tap!, expectation, served, method) : [];
  return { failures, fed: show(bytes) };
}

function makeAnyLines(random: Random, served: Served): Uint8Array {
  const lines = makeLines(random, { sessions: served.sessions, ends: false });
  if (!random.chance(1)) return lines;
  const endless = new Uint8Array(served.limits.maxMessageBytes + 1).fill(120);
  return concat([lines, endless]);
}

function makeStream(
  random: Random,
  method: string,
  { sessions }: Served,
): Uint8Array {
  const session = random.chance(50)
    ? JSON.stringify(random.pick(sessions))
    : undefined;
  const line = requestText({
    id: "1",
    method: JSON.stringify(method),
    params: "[4]",
    session,
  });
  return concat([toBytes([line]), makeFrames(random)]);
}

function judge(
  tap: Tap,
  expectation: Expectation,
  { limits: { maxMessageBytes } }: Served,
  method: string | undefined,
): string[] {
  const { bytes } = tap;
  if (method === undefined) {
    return checkAnswers(bytes, expectation, maxMessageBytes);
  }
  // Frames that came before the answer may have been taken for requests.
  const { answer, rest } = splitAnswer(bytes);
  return answer?.readable === undefined
    ? []
    : checkFrames(rest, maxMessageBytes);
}
