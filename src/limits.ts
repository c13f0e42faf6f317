/** How many bytes a message may have by default, either way: 10 MiB. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** How deep what a client sends, and a stream's values, may be nested by default. */
export const MAX_DEPTH = 1000;
/** How many requests a batch may have by default. */
export const MAX_BATCH_LENGTH = 10_000;
/** How many calls of a connection may be in flight by default. */
export const MAX_IN_FLIGHT = 100_000;
/** How many connections a daemon has at once by default. */
export const MAX_CONNECTIONS = 10_000;

/** The most that `maxMessageBytes` may be. */
export const MOST_MESSAGE_BYTES = 256 * 1024 * 1024;

/** What a daemon takes of its clients; whoever goes over a limit is told so, and nobody else is harmed. */
export interface LimitOptions {
  /**
   * How many bytes a message may have, either way, without its line feed; from
   * 4,096 to 268,435,456, as it is held in memory whole. A call whose arguments
   * take more is not sent, and one whose result takes more fails.
   *
   * @default {10485760, which is 10 MiB}
   */
  readonly maxMessageBytes?: number;
  /**
   * How deep arrays and objects may be nested in a message to the daemon, and
   * in a stream's values either way, from 8; the message's own object and
   * `params` are two levels. A call with deeper arguments is not sent.
   *
   * @default {1000}
   */
  readonly maxDepth?: number;
  /**
   * How many requests a JSON-RPC batch may have. A longer one is answered by
   * one error.
   *
   * @default {10000}
   */
  readonly maxBatchLength?: number;
  /**
   * How many calls of one connection the daemon runs at once. A call beyond
   * them is not started, and answered by an error.
   *
   * @default {100000}
   */
  readonly maxInFlight?: number;
  /**
   * How many connections the daemon has at once; a stream has one of its own.
   * Another one is told so, and is closed.
   *
   * @default {10000}
   */
  readonly maxConnections?: number;
}

/** The limits that hold. */
export type Limits = Required<LimitOptions>;

/** The limits that a client keeps to when it sends. */
export type MessageLimits = Pick<Limits, "maxMessageBytes" | "maxDepth">;

const DEFAULTS: Limits = {
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxDepth: MAX_DEPTH,
  maxBatchLength: MAX_BATCH_LENGTH,
  maxInFlight: MAX_IN_FLIGHT,
  maxConnections: MAX_CONNECTIONS,
};

// A hello has to fit in any case, and a message is one string.
const RANGES: Partial<Record<keyof Limits, readonly [number, number]>> = {
  maxMessageBytes: [4096, MOST_MESSAGE_BYTES],
  maxDepth: [8, Number.MAX_SAFE_INTEGER],
};

/** The names of the limits. */
export const LIMITS = Object.keys(DEFAULTS) as readonly (keyof Limits)[];

/** The limits that `options` set, and the defaults of the others. */
export function toLimits(
  options: { [name in keyof Limits]?: unknown },
): Limits {
  const limits: { -readonly [name in keyof Limits]: number } = { ...DEFAULTS };
  for (const name of LIMITS) {
    const value = options[name];
    if (typeof value === "number") limits[name] = value;
  }
  return limits;
}

/**
 * Checks the limits among `options`.
 *
 * @throws {RangeError} If one is no whole number, or out of its range.
 */
export function checkLimits(options: LimitOptions): void {
  for (const name of LIMITS) {
    const value = options[name];
    const [least, most] = RANGES[name] ?? [1, Number.MAX_SAFE_INTEGER];
    if (value === undefined) continue;
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new RangeError(
      `Cannot take the option "${name}": it should be a whole number from ${least} to ${most}, and is ${value}`,
    );
  }
}

/** The longest delay of `setTimeout`, in milliseconds; it takes a longer one for none. */
export const MAX_DURATION = 2 ** 31 - 1;

/**
 * Checks a number of milliseconds that is an option.
 *
 * @throws {RangeError} If it is not above 0 (or `least`) and within what a timer takes.
 */
export function checkDuration(
  name: string,
  value: number | boolean | undefined,
  least = Number.MIN_VALUE,
): void {
  if (typeof value !== "number") return;
  if (value >= least && value <= MAX_DURATION) return;
  throw new RangeError(
    `Cannot take the option "${name}": it should be milliseconds ${
      least === 0 ? "from 0" : "above 0"
    } and up to ${MAX_DURATION}, and is ${value}`,
  );
}
