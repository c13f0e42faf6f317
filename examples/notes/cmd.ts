// Notes in a database that a daemon keeps open, and that lose nothing.
import { autod, ConnectionClosedError } from "@autod/autod";
import { parseArgs } from "@std/cli";
import { join, resolve } from "@std/path";
import type { Note } from "./notes.ts";

const USAGE = `Keeps notes.

Usage: notes [--dir DIR] COMMAND

  add TEXT             adds a note, and prints its id when it is on the disk
  list [--json]        prints the notes, the oldest first
  search [--json] WORD prints those that have WORD in them
  remove ID            removes the note whose id begins with ID
  watch [--json]       prints the notes, and what is added and removed then

  --dir DIR   where the notes are (default: notes in $XDG_DATA_HOME, else in
              ~/.local/share)
  --json      prints each note or change as a line of JSON
  --help      prints this text`;

/** How long a daemon that nobody uses stays, in milliseconds. */
const IDLE = 60_000;
/** How many daemons may die over one call. */
const MAX_ATTEMPTS = 10;

const flags = parseArgs(Deno.args, {
  string: ["dir", "_"],
  boolean: ["help", "json"],
  unknown: (arg, key) => key === undefined || usageError(`no option ${arg}`),
});
if (flags.help) {
  console.log(USAGE);
  Deno.exit(0);
}
if (flags.dir === "") usageError("--dir takes a directory");
const [command, ...words] = flags._ as string[];
const operand = words.join(" ");
switch (command) {
  case "add":
  case "search":
  case "remove":
    if (operand === "") usageError(`${command} takes an argument`);
    break;
  case "list":
  case "watch":
    if (operand !== "") usageError(`${command} takes no argument`);
    break;
  default:
    usageError(command ? `no command ${command}` : "a command is needed");
}

try {
  await run();
} catch (error) {
  console.error(`notes: ${(error as Error).message}`);
  Deno.exitCode = 1;
}

async function run(): Promise<void> {
  const directory = resolve(flags.dir ?? defaultDirectory());
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  await using daemon = await autod<typeof import("./iface.ts")>({
    rpcfile: import.meta.resolve("./iface.ts"),
    // Beside the database, so that each database has one daemon.
    sockfile: join(directory, "notes.sock"),
    methods: ["add", "remove", "ids", "find:s", "watch:s"],
    args: [join(directory, "notes.db")],
    permissions: { read: [directory], write: [directory] },
    autoclose: IDLE,
  });
  const { rpc } = daemon;
  switch (command) {
    case "add": {
      // Made here and once, so that a call whose answer was lost can be made again.
      const id = crypto.randomUUID();
      await untilAnswered(() => rpc.add(id, operand));
      return console.log(id);
    }
    case "remove": {
      const ids = await untilAnswered(() => rpc.ids(operand));
      if (ids.length !== 1) {
        throw new Error(`${ids.length || "no"} notes have the id ${operand}`);
      }
      return await untilAnswered(() => rpc.remove(ids[0]));
    }
    case "watch":
      for await (const change of rpc.watch()) {
        if (flags.json) console.log(JSON.stringify(change));
        else if ("added" in change) print(change.added);
        else console.log(`${shorten(change.removed)}  was removed`);
      }
      return;
    default:
      for await (const note of rpc.find(operand)) print(note);
  }
}

/** Calls what can be called twice until a daemon lives to answer. */
async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
  }
}

function print(note: Note): void {
  if (flags.json) console.log(JSON.stringify(note));
  else console.log(`${shorten(note.id)}  ${note.text}`);
}

function shorten(id: string): string {
  return id.slice(0, 8);
}

function defaultDirectory(): string {
  const data = Deno.env.get("XDG_DATA_HOME") ||
    join(Deno.env.get("HOME")!, ".local/share");
  return join(data, "notes");
}

function usageError(what: string): never {
  console.error(`notes: ${what}\n\n${USAGE}`);
  Deno.exit(2);
}
