import { filesOf, filesOfLog } from "../files/daemon_files.ts";
import type { Kind } from "./rules.ts";

/** The files of a daemon. */
export interface DaemonPaths {
  readonly sockfile: string;
  readonly logfile: string;
  readonly pidfile?: string;
}

/**
 * What a daemon cannot do without: its socket, lock, log and pidfile, and the
 * host that this library comes from. Deno lets code be imported from the usual
 * hosts if no flag says anything of imports.
 */
export function ownItems(
  { sockfile, logfile, pidfile }: DaemonPaths,
): { readonly [K in Kind]?: readonly string[] } {
  const { fresh, lock } = filesOf(sockfile);
  // To be read as well, as what is neither a file nor a link is not replaced.
  const pidfiles = pidfile === undefined ? [] : [pidfile];
  const { protocol, hostname, port } = new URL(import.meta.url);
  const isRemote = protocol === "https:" || protocol === "http:";
  return {
    read: [sockfile, fresh, lock, logfile, ...pidfiles],
    write: [sockfile, fresh, lock, ...filesOfLog(logfile), ...pidfiles],
    net: [`unix:${sockfile}`, `unix:${fresh}`],
    import: isRemote
      ? [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`]
      : [],
  };
}

/**
 * Makes sure that a daemon is not denied what it cannot do without.
 *
 * @throws {TypeError} If it is.
 */
export function checkOwn(
  kind: Kind,
  denied: readonly string[],
  paths: DaemonPaths,
): void {
  if (denied.length === 0) return; // as of nearly all kinds
  const own = ownItems(paths)[kind] ?? [];
  for (const item of denied) {
    const needed = own.find((one) => covers(kind, item, one));
    if (needed === undefined) continue;
    throw new TypeError(
      `Cannot deny "${kind}" of "${item}" to the daemon: it cannot do without "${needed}"; deny less, or choose another sockfile`,
    );
  }
}

function covers(kind: Kind, item: string, one: string): boolean {
  if (item === one) return true;
  if (kind === "import") return one.startsWith(`${item}:`);
  if (kind === "net") return false;
  return item === "/" || one.startsWith(`${item}/`);
}
