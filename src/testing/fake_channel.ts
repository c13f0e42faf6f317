import type { Channel } from "../command/channel.ts";
import { type LimitOptions, toLimits } from "../limits.ts";
import type { Link, Socket } from "../command/link.ts";
import type { Duplex } from "../wire/duplex.ts";

/**
 * A channel whose next stream opens on `duplex`, and that hands `notify` what
 * its session is told, on which so many calls were made, and which has these limits.
 */
export function fakeChannel(
  duplex: Duplex,
  notify: (method: string, params: object) => void,
  made: { readonly calls: number } = { calls: 0 },
  limits: LimitOptions = {},
): Channel {
  const client = {
    notify,
    limits: toLimits(limits),
    get calls() {
      return made.calls;
    },
  };
  const conn = Object.assign(duplex, { ref() {}, unref() {} });
  const link = { info: { session: "daemon/1" }, client };
  return {
    logfile: "/nowhere/d.sock.log",
    openStream: <T>(
      _method: string,
      open: (conn: Socket, link: Link) => T,
    ): T => open(conn, link as unknown as Link),
  } as unknown as Channel;
}
