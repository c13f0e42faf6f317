import { autod, type Daemon } from "../../mod.ts";
import {
  type CreateIface,
  createServer,
  type Server,
  type ServerOptions,
} from "../../server.ts";
import { type Message, PlainPeer } from "./plain_peer.ts";
import type { Sandbox } from "./sandbox.ts";

/** Serves the sandbox's socket in this process. */
export async function serve(
  box: Sandbox,
  createIface: CreateIface,
  options?: ServerOptions,
): Promise<Server> {
  const server = createServer(createIface, options);
  await server.listen(box.sockfile);
  return server;
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Connects to what serves the sandbox's socket, and never starts a daemon. */
export async function join(
  box: Sandbox,
  ...methods: string[]
): Promise<Daemon<Methods>> {
  const { sockfile } = box;
  const rpcfile = "/nowhere/iface.ts";
  return await autod({ rpcfile, sockfile, methods }) as Daemon<Methods>;
}

/** Sends requests as a plain client, all at once, and resolves to their answers in that order. */
export async function ask(
  box: Sandbox,
  ...requests: [method: string, params?: unknown][]
): Promise<Message[]> {
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask(
    ...requests.map(([method, params], id): [number, string, unknown?] => {
      return [id, method, params];
    }),
  );
  const answers: Message[] = [];
  for (const _ of requests) {
    const answer = await peer.next();
    answers[Number(answer.id)] = answer;
  }
  return answers;
}

/** Sends a notification, and waits until the server ends the connection. */
export async function notify(box: Sandbox, method: string): Promise<void> {
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.send({ jsonrpc: "2.0", method });
  await peer.closeWrite();
  await peer.assertEnd();
}
