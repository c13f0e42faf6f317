import { ClientStream } from "../src/streams/client_stream.ts";
import { fakeChannel } from "../src/testing/fake_channel.ts";
import { memoryPair } from "../src/testing/memory_pair.ts";
import type { Random } from "../src/testing/random.ts";
import { Timers } from "../src/testing/timers.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { cut } from "./check_answers.ts";
import { checkChunks, checkFrames } from "./check_frames.ts";
import { anyPair, endWriting, feed, hangUp } from "./feed.ts";
import { makeFrames } from "./frames.ts";
import { hostileJson } from "./hostile.ts";
import { concat, mutateBytes, toBytes } from "./mutate.ts";
import { parseFrames } from "./parse_frames.ts";
import { READS, StreamUser, WRITES } from "./stream_user.ts";
import { Tap } from "./tap.ts";
import { rest, turns } from "./tick.ts";
import { type Outcome, show } from "./trial.ts";

/** What a client takes and sends at most in a line. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** Feeds a client's stream with what a false server says, while a program uses it. */
export async function clientStreamTrial(random: Random): Promise<Outcome> {
  using timers = new Timers();
  const isReadable = random.chance(70);
  const isPlain = random.chance(80);
  const isWritable = !isReadable || random.chance(30);
  const answer = isPlain
    ? answerText(`${isReadable}`, `${isWritable}`)
    : anyAnswer(random);
  const frames = makeFrames(random);
  const whole = concat([toBytes([answer]), frames]);
  const bytes = isPlain || random.chance(80)
    ? whole
    : mutateBytes(random, whole);
  const [near, far] = memoryPair(anyPair(random, bytes.length));
  let isLeft = true;
  const duplex: Duplex = {
    ...near,
    close() {
      isLeft = false;
      near.close();
    },
  };
  const controller = new AbortController();
  const failures: string[] = [];
  const stream = new ClientStream({
    channel: fakeChannel(
      duplex,
      (method, params) => failures.push(...checkNotification(method, params)),
    ),
    method: "m",
    args: [],
    signal: controller.signal,
  });
  const user = new StreamUser(random, stream);
  const reads = random.pick(READS);
  const writes = random.chance(50) ? "nothing" : random.pick(WRITES);
  await useSomehow(random, user, reads, writes);
  const givesUp = random.chance(10);
  if (givesUp) controller.abort(random.pick([undefined, new Error("enough")]));
  const tap = new Tap(far);
  await serve(random, far, bytes, /chunks|iterate/.test(reads));
  if (/chunks|iterate/.test(reads)) {
    const hasEnded = await rest(() => user.end !== undefined);
    if (!hasEnded) failures.push("the readable hangs");
    else if (isPlain && isReadable && writes === "nothing" && !givesUp) {
      failures.push(...checkRead(user, frames));
    }
  }
  user.dispose();
  let isClosed = false;
  stream.closed.then(() => isClosed = true);
  for (let left = 3; left > 0 && !await rest(() => isClosed, 20); left--) {
    timers.fire();
  }
  await rest(() => user.pending === 0, 20);
  if (!isClosed) failures.push("the stream does not close");
  if (isLeft) failures.push("the connection is left open");
  if (user.pending > 0) failures.push(`${user.pending} promises hang`);
  if (timers.length > 0) failures.push(`${timers.length} timers are left`);
  failures.push(...checkSent(tap.bytes));
  const what = `${reads}, ${writes}${givesUp ? ", gives up" : ""}`;
  return { failures, fed: `${what}\n${show(bytes)}` };
}

async function useSomehow(
  random: Random,
  user: StreamUser,
  reads: typeof READS[number],
  writes: typeof WRITES[number],
): Promise<void> {
  const uses = [() => user.read(reads), () => user.write(writes)];
  for (const use of random.chance(50) ? uses : uses.reverse()) {
    use();
    if (random.chance(30)) await turns(random.below(10));
  }
}

/** Says `bytes` and hangs up: when all have been taken, or sooner. */
async function serve(
  random: Random,
  duplex: Duplex,
  bytes: Uint8Array,
  waits: boolean,
): Promise<void> {
  let isFed = false;
  const feeding = feed(random, duplex, bytes).then(() => isFed = true);
  await rest(() => isFed, waits ? undefined : 30);
  if (isFed && random.chance(50)) {
    await endWriting(duplex);
    await turns(random.below(10));
  }
  hangUp(duplex);
  await feeding;
}

function answerText(readable: string, writable: string): string {
  return `{"jsonrpc":"2.0","id":1,"result":{"readable":${readable},"writable":${writable}}}`;
}

function anyAnswer(random: Random): string {
  const value = () => hostileJson(random);
  return random.pick([
    value(),
    "",
    `{"jsonrpc":"2.0","id":1,"result":${value()}}`,
    `{"jsonrpc":"2.0","id":1,"error":${value()}}`,
    `{"jsonrpc":"2.0","method":"$/log","params":${value()}}`,
    answerText(value(), value()),
    answerText("1", '"yes"'),
    answerText("false", "false"),
    '{"result":{}}',
    '{"result":[]}',
  ]);
}

function checkRead({ chunks, end }: StreamUser, bytes: Uint8Array): string[] {
  const frames = parseFrames(bytes, MAX_MESSAGE_BYTES);
  // It can only be said of chunks that the client has sent.
  if (frames.controls.some(({ closed }) => closed === true)) return [];
  const wanted = frames.end === "done" ? "done" : "error";
  const failures = checkChunks(chunks, frames);
  if (end !== wanted) failures.push(`reading ended by ${end}, not ${wanted}`);
  return failures;
}

/** Looks for what is wrong with the request and the frames that the client sent. */
function checkSent(bytes: Uint8Array): string[] {
  const start = bytes.indexOf(10) + 1;
  return start === 0
    ? []
    : checkFrames(bytes.subarray(start), MAX_MESSAGE_BYTES);
}

function checkNotification(method: string, params: object): string[] {
  const { error, cancel } = params as Record<string, unknown>;
  const isRight = method === "$/stream" && "id" in params &&
    (error !== undefined || cancel !== undefined) &&
    JSON.stringify(params).length < MAX_MESSAGE_BYTES;
  return isRight ? [] : [`the session was told ${cut(params)}`];
}
