const USAGE = `Formats stdin with prettier, which a daemon keeps warm.

Usage: fmtd [--check] [--config FILE] --stdin-filepath FILE

  --stdin-filepath FILE   the name of the text, which says its language; the
                          file itself is not read
  --config FILE           prettier's options, as JSON
  --check                 print nothing but whether it is formatted already
  --help                  prints this text

It exits with 0, or with 1 if --check finds a text that is not formatted, or
with 2 if it cannot format the text.`;

/** What the command is told. */
export interface Arguments {
  readonly file: string;
  readonly config: string | undefined;
  readonly check: boolean;
}

/**
 * Takes the arguments apart; ends the command if they are wrong, or ask for
 * help. By hand, as each module that a command loads costs it time.
 */
export function parseArguments(args: readonly string[]): Arguments {
  let file, config, check = false;
  const rest = args.flatMap((arg) => arg.split(/(?<=^--[\w-]+)=(.*)/s, 2));
  while (rest.length > 0) {
    const name = rest.shift()!;
    if (name === "--help") {
      console.log(USAGE);
      Deno.exit(0);
    }
    if (name === "--check") check = true;
    else if (name === "--stdin-filepath") file = rest.shift() ?? "";
    else if (name === "--config") config = rest.shift() ?? "";
    else fail(`no option ${name}`);
  }
  if (!file) fail("--stdin-filepath FILE is needed");
  if (config === "") fail("--config takes a file");
  return { file, config, check };
}

function fail(what: string): never {
  console.error(`fmtd: ${what}\n\n${USAGE}`);
  Deno.exit(2);
}
