import { fromFileUrl } from "@std/path";
import { autod } from "../mod.ts";
import { toLimits } from "../src/limits.ts";
import { Random } from "../src/testing/random.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { soon } from "../src/testing/soon.ts";
import { type Feed, Feeder, type Summary } from "./feeder.ts";
import { checkHeap, tellHeap } from "./heap.ts";
import { HONEST_METHODS, HonestClient } from "./honest_client.ts";
import { hasInherited, KINDS } from "./iface.ts";
import type { Held } from "./rpcfile.ts";
import { type Socket, socketTrial } from "./socket_trial.ts";

const RPCFILE = fromFileUrl(new URL("./rpcfile.ts", import.meta.url));

/** How many hostile clients are at work at once. */
const AT_ONCE = 8;
/** How many inputs the daemon gets before its heap is measured. */
const WARM_UP = 500;

/** Feeds inputs to a daemon in a process of its own, while an honest client uses it. */
export async function runDaemon(feed: Feed): Promise<Summary> {
  const { seed, inputs } = feed;
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const kind = seed % KINDS.length;
  await using daemon = await autod({
    rpcfile: RPCFILE,
    sockfile,
    methods: [...HONEST_METHODS, "held"],
    args: [kind],
    env: { ...Deno.env.toObject(), DENO_V8_FLAGS: "--expose-gc" },
    onProcess,
  });
  const held = () => daemon.rpc.held() as Promise<Held>;
  const session = `${daemon.connection.instance}/1`;
  const socket: Socket = {
    path: sockfile,
    served: {
      limits: toLimits({}),
      sessions: [session],
      hasInherited: hasInherited(KINDS[kind]),
    },
  };
  const honest = new HonestClient(daemon.rpc);
  using feeder = new Feeder(
    feed,
    () => "daemon",
    (number) => socketTrial(new Random(seed, number, 1), socket),
  );
  await feeder.feedUpTo(Math.min(WARM_UP, inputs >> 1), AT_ONCE);
  const before = await held();
  await feeder.feedUpTo(inputs, AT_ONCE);
  await honest.end();
  const failures = [...honest.failures, ...await checkIdle(box)];
  const after = await held();
  if (after.flowing > 0) failures.push(`${after.flowing} sources go on`);
  if (after.tripped.length > 0) failures.push(`were run: ${after.tripped}`);
  failures.push(...after.changes, ...checkHeap(before.heap, after.heap));
  const told = `${honest.answered} honest calls answered; ${
    tellHeap(before.heap, after.heap)
  }`;
  const { done, found } = feeder;
  return { done, found, failures, told };
}

/** How long what clients left may take to end, in milliseconds. */
const IDLE_LIMIT = 15_000;

/** Looks for what hostile clients left in the daemon when they had gone. */
async function checkIdle(box: Sandbox): Promise<string[]> {
  let seen = "";
  const isIdle = await soon(async () => {
    seen = await box.request("$/status");
    const { sessions, calls, streams } = JSON.parse(seen).result;
    // The honest client has one, and this one that asks.
    return sessions === 2 && calls === 0 && streams === 0;
  }, IDLE_LIMIT);
  return isIdle ? [] : [`sessions are left: ${seen}`];
}
