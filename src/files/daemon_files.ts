/** The files that a socket comes with, itself among them. */
export function filesOf(sockfile: string) {
  return {
    socket: sockfile,
    /** Where it is made, before it is moved to its place. */
    fresh: `${sockfile}.new`,
    /** What its daemon locks as long as it lives. */
    lock: `${sockfile}.lock`,
    /** What is locked by the command that starts its daemon. */
    spawnLock: `${sockfile}.spawn`,
  };
}

/** The files that a log comes with, itself among them: a long one is put aside. */
export function filesOfLog(logfile: string): string[] {
  return [logfile, `${logfile}.1`];
}

/**
 * Makes sure that a file of an option's, and `its` files with it, are none of
 * those that others need.
 *
 * @throws {TypeError} If one is among `taken`.
 */
export function checkApart(
  path: string,
  option: string,
  taken: readonly string[],
  its: readonly string[] = [path],
): void {
  const clash = its.find((file) => taken.includes(file));
  if (clash === undefined) return;
  throw new TypeError(
    `Cannot use the ${option} "${path}": the daemon needs ${
      clash === path ? "that path" : `"${clash}"`
    } for another of its files; choose another`,
  );
}
