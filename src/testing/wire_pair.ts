import { fail } from "@std/assert";
import { WireClient, type WireClientOptions } from "../wire/client.ts";
import { WireServer, type WireServerOptions } from "../wire/server.ts";
import { memoryPair, type MemoryPairOptions } from "../memory_pair.ts";
import { PlainPeer } from "./plain_peer.ts";

/** Large enough for all tests but those of the limit. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

type Handle = WireServerOptions["handle"];
type ServeOptions = Partial<WireServerOptions> & MemoryPairOptions;
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
    maxMessageBytes: MAX_MESSAGE_BYTES,
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
  const { maxMessageBytes = MAX_MESSAGE_BYTES } = options;
  const server = new WireServer(far, serverOptions(handle, options));
  const ended = server.run();
  return { client: new WireClient(near, { maxMessageBytes }), server, ended };
}

function serverOptions(
  handle: Handle,
  options: ServeOptions,
): WireServerOptions {
  return {
    maxMessageBytes: MAX_MESSAGE_BYTES,
    onLostError: (error, method) => fail(`"${method}" lost ${error}`),
    ...options,
    handle,
  };
}
