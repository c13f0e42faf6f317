import type { DaemonInfo } from "../protocol.ts";
import type { WireClient } from "../wire/client.ts";
import type { Duplex } from "../wire/duplex.ts";

/** One end of a connection to a daemon: a unix socket, or memory. */
export interface Socket extends Duplex {
  /** Keeps the process from ending while it is open, as it is at first. */
  ref(): void;
  /** Lets the process end although it is open. */
  unref(): void;
}

/** A way to a daemon that is not its socket. */
export interface Dialer {
  /** Opens a connection. */
  dial(): Promise<Socket>;
  /** Resolves when what it leads to has ended, which it ends itself. */
  end(): Promise<void>;
}

/** A connection whose daemon has answered. */
export interface Link {
  readonly conn: Socket;
  readonly client: WireClient;
  readonly info: DaemonInfo;
}

/** Why there is no daemon to be connected to, in words that go on from "started because". */
export interface Absence {
  readonly absent: string;
  /** What it died of, if it said so. */
  readonly cause?: Error;
}
