/** The permission flags of a command that connects to a socket, and no more. */
export function leastToConnect(sockfile: string): string[] {
  return flagsOf([sockfile], [sockfile]);
}

/** The permission flags of a command that may start the daemon, too. */
export function leastToStart(sockfile: string): string[] {
  return [
    ...flagsOf([sockfile, `${sockfile}.spawn`], [sockfile]),
    `--allow-run=${Deno.execPath()}`,
  ];
}

/** The permission flags of a program that serves a socket in the foreground. */
export function leastToServe(sockfile: string): string[] {
  const sockets = [sockfile, `${sockfile}.new`];
  return flagsOf([...sockets, `${sockfile}.lock`], sockets);
}

function flagsOf(files: string[], sockets: string[]): string[] {
  return [
    `--allow-read=${files}`,
    `--allow-write=${files}`,
    `--allow-net=${sockets.map((path) => `unix:${path}`)}`,
  ];
}
