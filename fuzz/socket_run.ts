import { Random } from "../src/testing/random.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { type Feed, Feeder, type Summary } from "./feeder.ts";
import type { Outcome } from "./trial.ts";

/** Feeds inputs over a socket in a folder of its own whose other end is in this process, one after the other. */
export async function runSocket(
  feed: Feed,
  target: string,
  trial: (random: Random, path: string) => Promise<Outcome>,
): Promise<Summary> {
  await using box = new Sandbox();
  using feeder = new Feeder(
    feed,
    () => target,
    (number) => trial(new Random(feed.seed, number, 1), box.sockfile),
  );
  await feeder.feedUpTo(feed.inputs);
  const { done, found } = feeder;
  return { done, found, failures: [], told: "" };
}
