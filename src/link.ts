import type { DaemonInfo } from "./protocol.ts";
import type { WireClient } from "./wire/client.ts";

/** A connection whose daemon has answered. */
export interface Link {
  readonly conn: Deno.UnixConn;
  readonly client: WireClient;
  readonly info: DaemonInfo;
}

/** Why there is no daemon to be connected to, in words that go on from "started because". */
export class Absence {
  constructor(readonly reason: string) {}
}
