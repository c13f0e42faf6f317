/** What the operators' command tells a script by its exit code. */
export const ExitCode = {
  /** It is done, or the daemon runs. */
  ok: 0,
  /** The call or the check failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No daemon runs. */
  notRunning: 3,
  /** There is a daemon, and it does not answer, as it is busy, starting or closing. */
  notResponding: 4,
} as const;

/** An error that ends the command with an exit code. */
export class CliError extends Error {
  /** The name of the class. */
  override readonly name = "CliError";
  /** One of {@linkcode ExitCode}. */
  readonly code: number;

  /** Made with the message that is shown. */
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
