// The fuzzer's iface in a daemon of its own, which tells what it holds.
import type { CreateIface } from "../server.ts";
import { usedHeap } from "./heap.ts";
import { KINDS, makeIface, tripped } from "./iface.ts";
import { Globals } from "./globals.ts";
import { flowing } from "./iface_streams.ts";

const globals = new Globals();

/** What the daemon has, that it should not have more of after a while. */
export interface Held {
  readonly heap: number | undefined;
  readonly flowing: number;
  readonly tripped: readonly string[];
  readonly changes: readonly string[];
}

export default ((_server, session, [kind]) => {
  const iface = makeIface(session, KINDS[Number(kind)]);
  const held = async (): Promise<Held> => ({
    heap: await usedHeap(),
    flowing: flowing.size,
    tripped,
    changes: globals.changes(),
  });
  return Object.defineProperty(iface, "held", { value: held });
}) satisfies CreateIface;
