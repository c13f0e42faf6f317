import { autod, type Daemon, type Rpc } from "../../mod.ts";
import type { AutodOptions } from "../command/options.ts";
import { inTime } from "./deadline.ts";
import type { Sandbox } from "./sandbox.ts";

/** What an iface of {@linkcode startStreams} may use. */
const PROLOGUE = `
const events = [], waiting = [];
function tell(...event) {
  const wake = waiting.shift();
  if (wake) wake(event);
  else events.push(event);
}
const told = () =>
  events.shift() ?? new Promise((resolve) => waiting.push(resolve));
// What JSON would lose of an error.
const plain = (reason) => reason instanceof Error
  ? {
    name: reason.name,
    message: reason.message,
    ...reason.cause && { cause: plain(reason.cause) },
  }
  : reason ?? null;
`;

/** The options to reach the daemon that {@linkcode startStreams} started, which survive JSON. */
export function streamsIn<const M extends readonly string[]>(
  box: Sandbox,
  methods: M,
): AutodOptions<readonly (M[number] | "told")[]> {
  const { sockfile } = box;
  return {
    rpcfile: box.path("iface.js"),
    sockfile,
    methods: ["told", ...methods],
  };
}

/**
 * Starts a daemon whose iface has the members `iface`, as JavaScript. Its code
 * calls `tell()` of what happens, which `rpc.told()` resolves to, one event
 * after the other; `plain()` makes an error fit for that.
 */
export async function startStreams<const M extends readonly string[]>(
  box: Sandbox,
  methods: M,
  iface: string,
  options: Partial<AutodOptions> = {},
): Promise<StreamDaemon<M>> {
  box.write(
    "iface.js",
    `${PROLOGUE}
    export default (server, stream, args) => ({ told, ${iface} });`,
  );
  return await joinStreams(box, methods, options);
}

/** Connects to the same daemon once more. */
export async function joinStreams<const M extends readonly string[]>(
  box: Sandbox,
  methods: M,
  options: Partial<AutodOptions> = {},
): Promise<StreamDaemon<M>> {
  const { onProcess } = box;
  return await autod({
    ...streamsIn(box, methods),
    onProcess,
    ...options,
  }) as StreamDaemon<M>;
}

/** A daemon of {@linkcode startStreams}. */
export type StreamDaemon<M extends readonly string[]> = Daemon<
  Rpc<unknown, M[number] | "told">
>;

/** How many equal answers show that a number has stopped to change. */
const EQUAL_ANSWERS = 25;

/**
 * Resolves to what `count` says once it says the same over several answers of
 * `answer`, which is a call of the daemon.
 */
export async function settled(
  count: () => number | Promise<number>,
  answer: () => Promise<unknown>,
): Promise<number> {
  let last = await count();
  for (let equal = 0; equal < EQUAL_ANSWERS; equal++) {
    await inTime(answer(), "an answer");
    const now = await count();
    if (now !== last) equal = 0;
    last = now;
  }
  return last;
}
