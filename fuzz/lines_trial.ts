import type { Random } from "../src/testing/random.ts";
import { checkAnswers } from "./check_answers.ts";
import { expectAnswers, type Expectation, isOpen } from "./expect.ts";
import { anyPair, endWriting, feed, hangUp } from "./feed.ts";
import { makeLines } from "./requests.ts";
import { Tap } from "./tap.ts";
import { rest, turns } from "./tick.ts";
import { type Outcome, show } from "./trial.ts";
import { World } from "./world.ts";

/** The session of the client's own connection, and one that there is not. */
const SESSIONS = ["fuzz/1", "fuzz/2"];

/** More turns than the answers take of calls that do not wait. */
const SOON = 400;

/** Feeds a server with lines, good and bad, and compares what it says with what it should. */
export async function linesTrial(random: Random): Promise<Outcome> {
  using world = new World(random, {
    maxBatchLength: random.pick([4, 100, 10_000]),
    maxDepth: random.pick([8, 1000, 1000]),
  });
  const talk = { sessions: SESSIONS, ends: random.chance(5) };
  const bytes = makeLines(random, talk);
  const expectation = expectAnswers(bytes, world.served);
  const duplex = world.connect(anyPair(random, bytes.length));
  const tap = new Tap(duplex);
  const feeding = feed(random, duplex, bytes);
  const failures: string[] = [];
  if (random.chance(20)) {
    await turns(random.below(10));
  } else {
    await feeding;
    await endWriting(duplex);
    const waits = isOpen(expectation);
    const isOver = await rest(() => tap.ended, waits ? SOON : undefined);
    failures.push(...judge(tap, isOver, expectation, world));
  }
  hangUp(duplex);
  failures.push(...await world.end(), ...world.lost);
  await feeding;
  return { failures, fed: show(bytes) };
}

function judge(
  tap: Tap,
  isOver: boolean,
  expectation: Expectation,
  world: World,
): string[] {
  if (expectation.isStream) return [];
  const mayEnd = expectation.ends || expectation.isCut;
  if (!isOver && !isOpen(expectation) && !mayEnd) return ["it hangs"];
  if (isOver && isOpen(expectation) && !mayEnd) {
    return ["it did not wait for a call"];
  }
  return checkAnswers(tap.bytes, expectation, world.limits.maxMessageBytes);
}
