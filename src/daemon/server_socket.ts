import { Acceptor, type AcceptorHost } from "./acceptor.ts";
import { readClaim } from "../files/lockfile.ts";
import { checkMayServe } from "../permissions/needs.ts";
import { checkApart, filesOf } from "../files/daemon_files.ts";
import { toPath, toSockfile } from "../files/paths.ts";
import { seldom } from "./report.ts";
import { SocketClaim } from "../files/socket_claim.ts";

/** What a {@linkcode ServerSocket} tells. */
export interface ServerSocketHost extends AcceptorHost {
  /** Another process may serve the socket from now on. */
  onClaimLost(): void;
}

/** How long the claim of a daemon that is closing is waited for, in milliseconds. */
const CLAIM_TIMEOUT = 10_000;

/**
 * Claims the socket of `sockfile`, for a server that writes `pidfile` and may
 * be closed meanwhile.
 *
 * @throws {AutodError} If this process may not serve it, or something else is in its place.
 * @throws {Deno.errors.AddrInUse} If another daemon serves it.
 * @throws {TypeError} If the server was closed.
 */
export async function claimSocket(
  sockfile: string | URL,
  pidfile: string | URL | undefined,
  isClosed: () => boolean,
): Promise<SocketClaim> {
  const path = toSockfile(sockfile);
  const pidpath = pidfile === undefined
    ? undefined
    : toPath(pidfile, "pidfile");
  if (pidpath) checkApart(pidpath, "pidfile", Object.values(filesOf(path)));
  checkMayServe(path, pidpath);
  const claim = await SocketClaim.take(path, CLAIM_TIMEOUT, isClosed);
  if (claim !== undefined) return claim;
  const { pid } = readClaim(path);
  throw new Deno.errors.AddrInUse(
    `Cannot listen on "${path}": the daemon ${
      pid === undefined ? "" : `with the pid ${pid} `
    }serves it already`,
  );
}

/** The socket of a server, which is put back when it gets lost. */
export class ServerSocket {
  readonly #claim: SocketClaim;
  readonly #host: ServerSocketHost;
  readonly #acceptor: Acceptor;
  #closed = false;

  /** Nobody finds it before `open()`. */
  constructor(claim: SocketClaim, host: ServerSocketHost) {
    this.#claim = claim;
    this.#host = { ...host, report: seldom(host.report) };
    this.#acceptor = new Acceptor(this.#host);
  }

  get path(): string {
    return this.#claim.sockfile;
  }

  /**
   * Puts it in its place, and accepts connections.
   *
   * @throws {Error} If that cannot be done, or it was closed meanwhile.
   */
  async open(): Promise<void> {
    try {
      this.#acceptor.use(await this.#claim.bind());
    } catch (error) {
      this.#claim.release();
      throw error;
    }
  }

  /** Watches over its place. */
  watch(): void {
    this.#claim.watch({
      onSocketLost: () => this.#rebind(),
      onClaimLost: () => this.#host.onClaimLost(),
      onError: (error) => this.#host.report(error, "watching over the socket"),
    });
  }

  /** Takes it out of its place; who has come to it is accepted all the same. */
  unbind(): void {
    this.#closed = true;
    try {
      this.#claim.unbind();
    } catch (error) {
      // It leads nowhere from now on, and the next daemon replaces it.
      this.#host.report(error, "removing the socket");
    }
  }

  /** Accepts no more. */
  close(): void {
    this.#acceptor.close();
  }

  /** Lets the next daemon start. */
  release(): void {
    this.#claim.release();
  }

  async #rebind(): Promise<void> {
    try {
      this.#acceptor.use(await this.#claim.bind());
    } catch (error) {
      if (!this.#closed) this.#host.report(error, "putting the socket back");
    }
  }
}
