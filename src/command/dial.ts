import type { Socket } from "./link.ts";
import type { Settings } from "./options.ts";
import { holds, isGranted, isOwn } from "../files/access.ts";
import { pause } from "../time.ts";

/** How often a daemon that lets in no more for the moment is asked for a place, in milliseconds. */
const TURN_INTERVAL = 10;

/** Whether this process may connect to the socket. */
export function mayConnect(path: string): boolean {
  return isGranted("read", path) && isGranted("write", path) &&
    holds({ name: "net", host: `unix:${path}` });
}

/**
 * Opens a connection to the daemon, whose socket is this user's own. Where so
 * many wait for it that the system lets in no more, it waits as well, as long as
 * `mayWait` says.
 */
export async function dial(
  { dialer, sockfile }: Settings,
  mayWait: () => boolean,
): Promise<Socket> {
  if (dialer) return await dialer.dial();
  for (;;) {
    try {
      return await dialSocket(sockfile);
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock) || !mayWait()) throw error;
    }
    await pause(TURN_INTERVAL);
  }
}

/**
 * Opens a connection to the socket, which is this user's own.
 *
 * @throws {AutodError} If it is not, or is no socket.
 */
export async function dialSocket(path: string): Promise<Socket> {
  const conn = await Deno.connect({ transport: "unix", path });
  // Before anything is said: a daemon that answers may have removed it then.
  if (isOwnSocket(path)) return conn;
  conn.close();
  const { checkPlace } = await import("../cold.ts");
  checkPlace(path);
  throw new Deno.errors.ConnectionReset("it was closing");
}

/**
 * Whether the socket that was just connected to is this user's own. A link
 * could lead to anybody's, and anybody could have bound one in a directory
 * that is shared.
 *
 * It is looked at afterwards, as nobody can put a socket of this user's there
 * to deceive: only a daemon of this user's that takes the place in between does.
 */
function isOwnSocket(path: string): boolean {
  try {
    const { isSocket, uid } = Deno.lstatSync(path);
    return isSocket === true &&
      isOwn(uid, (time) => Deno.utimeSync(path, time, time));
  } catch {
    return false; // removed just now
  }
}
