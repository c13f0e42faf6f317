import { inTime } from "../src/testing/deadline.ts";
import { Alarms } from "./alarms.ts";
import { isPolluted } from "./globals.ts";
import { times } from "./hostile.ts";
import { tripped } from "./iface.ts";
import { tick } from "./tick.ts";
import { type Outcome, toOutcome } from "./trial.ts";

/** What is to be fed to one target. */
export interface Feed {
  readonly seed: number;
  /** The number of the first input. */
  readonly first: number;
  readonly inputs: number;
  /** Told of each input after which something was wrong. */
  readonly onFinding: (finding: Finding) => void;
  /** Ends it sooner. */
  readonly signal: AbortSignal;
}

/** An input after which something was wrong. */
export interface Finding extends Outcome {
  readonly target: string;
  readonly number: number;
}

/** What came of a target's inputs. */
export interface Summary {
  readonly done: number;
  /** How many findings there were. */
  readonly found: number;
  /** What was wrong in the end, whichever input did it. */
  readonly failures: readonly string[];
  /** What else there is to tell. */
  readonly told: string;
}

/** Feeds inputs by their numbers, and looks for what is wrong after each. */
export class Feeder implements Disposable {
  /** How many were fed. */
  done = 0;
  /** How many findings there were. */
  found = 0;
  readonly #feed: Feed;
  readonly #targetOf: (number: number) => string;
  readonly #trial: (number: number) => Promise<Outcome>;
  readonly #alarms = new Alarms();

  /** `targetOf` is what an input is fed to, and `trial` does it. */
  constructor(
    feed: Feed,
    targetOf: (number: number) => string,
    trial: (number: number) => Promise<Outcome>,
  ) {
    this.#feed = feed;
    this.#targetOf = targetOf;
    this.#trial = trial;
  }

  /** Goes on until `end` inputs were fed in all, `atOnce` at a time. */
  async feedUpTo(end: number, atOnce = 1): Promise<void> {
    const { first, signal } = this.#feed;
    const work = async () => {
      while (this.done < end && !signal.aborted) {
        await this.#feedOne(first + this.done++);
      }
    };
    await Promise.all(times(atOnce, work));
  }

  async #feedOne(number: number): Promise<void> {
    const trial = this.#trial(number);
    const { failures, fed } = await inTime(trial, "the end of the input")
      .catch(toOutcome);
    const wrong = [...failures, ...await this.#look()];
    if (wrong.length === 0) return;
    this.found++;
    const target = this.#targetOf(number);
    this.#feed.onFinding({ target, number, failures: wrong, fed });
  }

  /** What an input may have done that its trial does not see. */
  async #look(): Promise<string[]> {
    await tick(); // rejections that nobody handles are told of by then
    const wrong = this.#alarms.take();
    if (tripped.length > 0) wrong.push(`these were run: ${tripped.splice(0)}`);
    if (isPolluted()) wrong.push("Object.prototype is polluted");
    return wrong;
  }

  [Symbol.dispose](): void {
    this.#alarms[Symbol.dispose]();
  }
}
