import { fail } from "@std/assert";
import { WireClient, type WireClientOptions } from "../wire/client.ts";
import type { ResponderOptions } from "../wire/responder.ts";
import { WireServer } from "../wire/server.ts";
import { memoryPair, type MemoryPairOptions } from "./memory_pair.ts";
import { PlainPeer } from "./plain_peer.ts";

/** Large enough for all tests but those of the limits. */
const LIMITS = {
  maxMessageBytes: 1024 * 1024,
  maxDepth: 1000,
  maxBatchLength: 1000,
};

type Handle = ResponderOptions["handle"];
type ServeOptions = Partial<ResponderOptions> & MemoryPairOptions;
type ConnectOptions = Partial<WireClientOptions> & MemoryPairOptions;

/** A running server and its plain client. */
export interface ServedPeer {
  readonly server: WireServer;
  readonly peer: PlainPeer;
  /** What `run()` returned. */
  readonly ended: Promise<unknown>;
}

/** Serves a plain client with `handle`. */
export function serve(handle: Handle, options: ServeOptions = {}): ServedPeer {
  const [near, far] = memoryPair(options);
  const server = new WireServer(far, serverOptions(handle, options));
  return { server, peer: new PlainPeer(near), ended: server.run() };
}

/** Connects a client to a plain, perhaps false server. */
export function connect(
  options: ConnectOptions = {},
): { client: WireClient; peer: PlainPeer } {
  const [near, far] = memoryPair(options);
  const client = new WireClient(near, {
    ...LIMITS,
    ...options,
  });
  return { client, peer: new PlainPeer(far) };
}

/** Connects a client to a server. */
export function connectServed(
  handle: Handle,
  options: ServeOptions = {},
): { client: WireClient; server: WireServer; ended: Promise<unknown> } {
  const [near, far] = memoryPair(options);
  const { maxMessageBytes, maxDepth } = { ...LIMITS, ...options };
  const server = new WireServer(far, serverOptions(handle, options));
  const ended = server.run();
  const client = new WireClient(near, { maxMessageBytes, maxDepth });
  return { client, server, ended };
}

function serverOptions(
  handle: Handle,
  options: ServeOptions,
): ResponderOptions {
  return {
    ...LIMITS,
    onLostError: (error, method) => fail(`"${method}" lost ${error}`),
    ...options,
    handle,
  };
}
