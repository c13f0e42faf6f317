import type { Random } from "../src/testing/random.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { checkChunks, checkFrames, splitAnswer } from "./check_frames.ts";
import { anyPair, endWriting, feed, hangUp } from "./feed.ts";
import { makeFrames } from "./frames.ts";
import { flowing, STREAMS, type Taken, taken } from "./iface_streams.ts";
import { toBytes } from "./mutate.ts";
import { type Frames, parseFrames } from "./parse_frames.ts";
import { requestText, reservedParams } from "./requests.ts";
import { Tap } from "./tap.ts";
import { rest, turns } from "./tick.ts";
import { type Outcome, show } from "./trial.ts";
import { World } from "./world.ts";

/** Methods whose sink takes whatever comes. */
const TAKING = ["collect", "slow", "both"];

/** Feeds a stream that a server serves with frames, good and bad. */
export async function streamTrial(random: Random): Promise<Outcome> {
  using world = new World(random);
  taken.length = 0;
  const method = random.pick(random.chance(40) ? TAKING : STREAMS);
  const owner = random.chance(50) ? world.connect({}) : undefined;
  const heard = owner && new Tap(owner);
  const text = requestText({
    id: "1",
    method: JSON.stringify(method),
    params: "[4]",
    session: owner && '"fuzz/1"',
  });
  const bytes = random.chance(30) ? new Uint8Array(0) : makeFrames(random);
  const frames = parseFrames(bytes, world.limits.maxMessageBytes);
  const duplex = world.connect(anyPair(random, bytes.length));
  const tap = new Tap(duplex);
  await feed(random, duplex, toBytes([text]));
  // Frames that do not wait for the answer may be requests.
  const isPatient = random.chance(90);
  if (isPatient) await rest(() => tap.bytes.includes(10));
  const told = owner ? tell(random, owner) : Promise.resolve("");
  const feeding = feed(random, duplex, bytes);
  const failures: string[] = [];
  const waits = random.chance(80) && !/stuck|endless/.test(method);
  if (waits) {
    await feeding;
    // What is not valid ends a stream although its client stays.
    const ends = isPatient && TAKING.includes(method) && frames.isBroken;
    if (!ends || random.chance(50)) await endWriting(duplex);
    if (!await rest(() => tap.ended)) failures.push("it hangs");
  } else {
    await turns(random.below(20));
  }
  for (const one of random.chance(50) ? [duplex, owner] : [owner, duplex]) {
    if (one) hangUp(one);
  }
  failures.push(...await world.end());
  await feeding;
  const said = await told;
  if (waits && isPatient && failures.length === 0) {
    // An abort waits for the write that is under way.
    await rest(() => taken[0]?.end !== undefined, 5);
    const { maxMessageBytes } = world.limits;
    const isTold = said !== "";
    failures.push(...judge(tap, method, frames, maxMessageBytes, isTold));
  }
  if (heard && !heard.ended) failures.push("the session's end was not heard");
  if (flowing.size > 0) failures.push("a source goes on for nobody");
  flowing.clear();
  return { failures, fed: `${text}\n${said}\n${show(bytes)}` };
}

/** Says things of the stream over the connection of its session. */
async function tell(random: Random, owner: Duplex): Promise<string> {
  if (random.chance(50)) return "";
  const params = random.chance(50)
    ? '{"id":1,"cancel":{"code":1,"message":"m"}}'
    : reservedParams(random, "$/stream");
  const line = requestText({ method: '"$/stream"', params });
  await feed(random, owner, toBytes([line]));
  return line;
}

function judge(
  tap: Tap,
  method: string,
  frames: Frames,
  maxMessageBytes: number,
  isTold: boolean,
): string[] {
  const { answer, rest } = splitAnswer(tap.bytes);
  const failures = checkFrames(rest, maxMessageBytes);
  const { readable, writable } = answer ?? {};
  if (typeof readable !== "boolean" || typeof writable !== "boolean") {
    return [...failures, `no answer: ${show(tap.bytes)}`];
  }
  if (TAKING.includes(method) && !isTold) {
    failures.push(...checkTaken(taken[0], frames));
    const isPlain = frames.end === "done" && !frames.isBroken &&
      frames.controls.every(({ error }) => error === undefined);
    const { controls } = parseFrames(rest, maxMessageBytes);
    if (isPlain && !controls.some(({ closed }) => closed === true)) {
      failures.push("the client was not told that its chunks were taken");
    }
  }
  const isAlone = frames.chunks.length + frames.controls.length === 0 &&
    !frames.isBroken && !isTold;
  if (method === "numbers" && isAlone) {
    const sent = parseFrames(rest, maxMessageBytes);
    if (JSON.stringify(sent.chunks) !== "[0,1,2,3]" || sent.end !== "done") {
      failures.push(`these are not all numbers: ${show(rest)}`);
    }
  }
  return failures;
}

function checkTaken({ chunks, end }: Taken, frames: Frames): string[] {
  const wanted = frames.end === "done" ? "closed" : "aborted";
  const failures = checkChunks(chunks, frames);
  if (end !== wanted) failures.push(`the sink is ${end}, not ${wanted}`);
  return failures;
}
