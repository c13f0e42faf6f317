import type { Random } from "../src/testing/random.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { checkForm, NO_END } from "./check_answers.ts";
import { anyPair, endWriting, feed, hangUp } from "./feed.ts";
import { makeFrames } from "./frames.ts";
import { hostileJson, times } from "./hostile.ts";
import { flowing, STREAMS, taken } from "./iface_streams.ts";
import { concat, mutateLines, toBytes } from "./mutate.ts";
import { conversation, requestText } from "./requests.ts";
import { Tap } from "./tap.ts";
import { turns } from "./tick.ts";
import { type Outcome, show } from "./trial.ts";
import { World } from "./world.ts";

/** The first sessions of a world. */
const SESSIONS = ["fuzz/1", "fuzz/2", "fuzz/3", "fuzz/4"];

interface Member {
  readonly duplex: Duplex;
  readonly tap: Tap;
  readonly bytes: Uint8Array;
}

/**
 * Lets some clients talk to one server, of whom some have streams in the
 * sessions of others, while the server may close or fail: all of it ends.
 */
export async function crowdTrial(random: Random): Promise<Outcome> {
  using world = new World(random, {
    maxInFlight: random.pick([1, 3, 100_000]),
    maxBatchLength: random.pick([2, 10_000]),
    maxDepth: random.pick([8, 1000]),
  });
  taken.length = 0;
  const feeding: Promise<void>[] = [];
  const members = times(random.between(2, 4), (): Member => {
    const bytes = makeBytes(random);
    const duplex = world.connect(anyPair(random, bytes.length));
    feeding.push(feed(random, duplex, bytes));
    return { duplex, tap: new Tap(duplex), bytes };
  });
  await turns(random.below(15));
  const how = random.pick(["", "", "closes", "closes at once", "fails"]);
  if (random.chance(50)) world.print("é".repeat(random.pick([5, 9000])));
  if (how === "fails") world.sessions.fail(new Error("y".repeat(10_000)));
  if (how !== "") world.close(how === "closes at once");
  for (const { duplex } of members) {
    if (random.chance(50)) endWriting(duplex); // behind what is still written
    await turns(random.below(5));
    hangUp(duplex);
  }
  const failures = await world.end();
  await Promise.all(feeding);
  if (flowing.size > 0) failures.push("a source goes on for nobody");
  flowing.clear();
  for (const { tap } of members) {
    const wrong = checkForm(tap.bytes, world.limits.maxMessageBytes);
    // What ends at once ends anywhere.
    failures.push(...wrong.filter((failure) => failure !== NO_END));
  }
  const fed = members.map(({ bytes }) => show(bytes)).join("\n");
  return { failures, fed: `${how}\n${fed}` };
}

function makeBytes(random: Random): Uint8Array {
  if (random.chance(40)) {
    const session = random.chance(70)
      ? JSON.stringify(random.pick(SESSIONS))
      : undefined;
    const line = requestText({
      id: `${random.below(4)}`,
      method: JSON.stringify(random.pick(STREAMS)),
      params: `[${hostileJson(random)}]`,
      session,
    });
    return concat([toBytes([line]), makeFrames(random)]);
  }
  const talk = { sessions: SESSIONS, ends: random.chance(20) };
  const lines = conversation(random, talk);
  return toBytes(random.chance(40) ? mutateLines(random, lines) : lines);
}
