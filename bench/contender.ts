import { join } from "@std/path";
import { openDaemon } from "./autod/daemon.ts";
import { AUTOD, type Bench } from "./bench.ts";
import { peerFile } from "./peers.ts";
import type { Yard } from "./yard.ts";

const HERE = import.meta.dirname!;
const DENO = [Deno.execPath(), "run", "--allow-all"];
const START_TIMEOUT = 10_000;

/** One of those that serve calls and streams at a socket, and are called by a worker. */
export interface Contender {
  readonly name: string;
  /** Starts its server, and resolves to that one's pid when it serves. */
  serve(yard: Yard, sockfile: string): Promise<number>;
  /** What runs its worker, up to the socket. */
  readonly worker: readonly string[];
}

/** The floor: an echo and streams over a raw socket. */
export const RAW: Contender = {
  name: "floor: raw socket",
  serve: (yard, sockfile) =>
    serve(yard, RAW.name, [...DENO, join(HERE, "raw/server.ts")], sockfile),
  worker: [...DENO, join(HERE, "worker.mjs"), join(HERE, "raw/client.ts")],
};

const OURS: Contender = {
  name: AUTOD,
  async serve(yard, sockfile) {
    const daemon = await openDaemon(sockfile, { env: yard.env(AUTOD) });
    daemon.connection.close();
    return daemon.connection.pid;
  },
  worker: [...DENO, join(HERE, "worker.mjs"), join(HERE, "autod/client.ts")],
};

/** This library, and the peers of `names` on each node that there is. */
export function contenders(
  { node24 }: Bench,
  ...names: string[]
): Contender[] {
  return [OURS, ...names.flatMap((name) => peers(name, node24))];
}

function peers(name: string, node24: string | undefined): Contender[] {
  const on = [peer(name, name, "node")];
  return node24 ? [...on, peer(name, onNode24(name), node24)] : on;
}

/** What a peer is called where it runs on node 24. */
export function onNode24(name: string): string {
  return `${name} (node 24)`;
}

function peer(folder: string, name: string, node: string): Contender {
  // Theirs would be of listeners, as one client has many connections.
  const run = [node, "--no-warnings"];
  const server = [...run, peerFile(`${folder}/server.mjs`)];
  return {
    name,
    serve: (yard, sockfile) => serve(yard, name, server, sockfile),
    worker: [
      ...run,
      join(HERE, "worker.mjs"),
      peerFile(`${folder}/client.mjs`),
    ],
  };
}

async function serve(
  yard: Yard,
  name: string,
  argv: readonly string[],
  path: string,
): Promise<number> {
  // In a session of its own, as each daemon is: schedulers share by session.
  const command = yard.command(name, [...argv, path], { detached: true });
  const { pid } = command.spawn();
  const deadline = Date.now() + START_TIMEOUT;
  for (;;) {
    try {
      (await Deno.connect({ transport: "unix", path })).close();
      return pid;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
