import {
  holds,
  isGranted,
  isOpenToOthers,
  isOwn,
  isWritableByOthers,
  ownUid,
} from "./access.ts";
import { dirname, toPath } from "./paths.ts";
import { quote } from "../quote.ts";

const VARIABLE = "XDG_RUNTIME_DIR";

/**
 * The directory for the sockets of a program, which nobody else can write to:
 * `name` in `$XDG_RUNTIME_DIR`; or, where that is not set to an absolute path,
 * `name-uid` in `/tmp`, `uid` being the number of the user. It is made, with
 * the mode 0700, if it does not exist.
 *
 * It is the same for all commands of a user, whatever their permissions are.
 * The process needs `--allow-env=XDG_RUNTIME_DIR`, to read and write the
 * directory, and, where that variable is not set, `--allow-sys=uid`. What is
 * in the directory is then covered as well; only the socket has to be named
 * once more, by `--allow-net=unix:<path>`.
 *
 * @example The usual place of a socket
 * ```ts no-eval
 * import { autod, runtimeDir } from "@autod/autod";
 *
 * await using daemon = await autod({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: `${runtimeDir("counter")}/counter.sock`,
 *   methods: ["add"],
 * });
 * ```
 *
 * @param name The name of the program.
 * @returns The absolute path, without a slash at its end.
 * @throws {TypeError} If `name` is no name for a directory, or holds a comma.
 * @throws {Deno.errors.NotCapable} If a permission is missing; the message has the flag.
 * @throws {Deno.errors.NotFound} If `$XDG_RUNTIME_DIR` does not exist.
 * @throws {Deno.errors.NotADirectory} If something else is in its place, be it a link to a directory.
 * @throws {Deno.errors.PermissionDenied} If it belongs to another user, or others may write to it.
 */
export function runtimeDir(name: string): string {
  if (typeof name !== "string" || !isName(name)) {
    throw new TypeError(
      `Cannot name a directory ${
        Deno.inspect(name)
      }: it should be the name of the program, without a slash or comma`,
    );
  }
  if (!holds({ name: "env", variable: VARIABLE })) {
    throw lacks(name, `--allow-env=${VARIABLE}`);
  }
  const base = Deno.env.get(VARIABLE);
  const isBase = base?.startsWith("/") === true;
  const directory = isBase
    ? toPath(`${base}/${name}`, VARIABLE)
    // Not $TMPDIR: it may be another one in each shell.
    : `/tmp/${name}-${neededUid(name)}`;
  check(directory, lookOrMake(directory, isBase));
  return directory;
}

// A regular expression would take a command longer: its first use compiles it.
function isName(name: string): boolean {
  return name.replaceAll(".", "") !== "" &&
    !["/", ",", "\0"].some((character) => name.includes(character));
}

function neededUid(name: string): number | null {
  const uid = ownUid();
  if (uid !== undefined) return uid;
  throw lacks(name, "--allow-sys=uid", `${VARIABLE} is not set, and `);
}

// Nothing is tried that is not permitted: Deno would ask the person at the
// terminal for it.
function lacks(name: string, flag: string, why = ""): Error {
  return new Deno.errors.NotCapable(
    `Cannot find the directory of "${name}": ${why}this command lacks ${flag}; run it with ${flag} as well`,
  );
}

function needFile(kind: "read" | "write", directory: string): void {
  if (isGranted(kind, directory)) return;
  const name = directory.slice(directory.lastIndexOf("/") + 1);
  // All that is lacking, as whoever pastes the one may need the other next.
  const flags = (["read", "write"] as const)
    .filter((kind) => !isGranted(kind, directory))
    .map((kind) => quote(`--allow-${kind}=${directory}`));
  throw lacks(name, flags.join(" "));
}

function lookOrMake(directory: string, isBase: boolean): Deno.FileInfo {
  needFile("read", directory);
  for (;;) {
    try {
      return Deno.lstatSync(directory);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw explain(directory, error);
      }
    }
    needFile("write", directory);
    if (isBase) checkBase(directory);
    try {
      Deno.mkdirSync(directory, { mode: 0o700 });
      // A umask may have taken a bit of that.
      const { mode } = Deno.lstatSync(directory);
      if ((mode! & 0o700) !== 0o700) Deno.chmodSync(directory, 0o700);
    } catch (error) {
      // Another command may have made it just now.
      if (!(error instanceof Deno.errors.AlreadyExists)) {
        throw explain(directory, error);
      }
    }
  }
}

function explain(directory: string, cause: unknown): unknown {
  if (!(cause instanceof Error && "code" in cause)) return cause;
  const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
  const Type = [NotFound, NotADirectory, PermissionDenied]
    .find((type) => cause instanceof type) ?? Error;
  const why = Type === NotFound
    ? "what XDG_RUNTIME_DIR names does not exist; make it, or unset the variable"
    : Type === NotADirectory
    ? "what XDG_RUNTIME_DIR names is no directory; correct or unset the variable"
    : `the system denies it (${cause.message}); set XDG_RUNTIME_DIR to another directory of yours, or unset it`;
  const message = `Cannot make the directory "${directory}": ${why}`;
  return new Type(message, { cause });
}

/** Makes nothing where others could put theirs in its place, as far as this process may look at that. */
function checkBase(directory: string): void {
  const base = dirname(directory);
  if (!isGranted("read", base)) return;
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(base);
  } catch (error) {
    throw explain(directory, error);
  }
  if (isOpenToOthers(info)) {
    throw new Deno.errors.PermissionDenied(
      `Cannot make the directory "${directory}": others may write to "${base}"; forbid it with: chmod go-w ${
        quote(base)
      }`,
    );
  }
  const uid = ownUid();
  if (uid === undefined || info.uid === 0 || info.uid === uid) return;
  throw new Deno.errors.PermissionDenied(
    `Cannot make the directory "${directory}": "${base}" belongs to another user (${info.uid}), as it does after su or sudo; set XDG_RUNTIME_DIR to a directory of yours, or unset it`,
  );
}

function check(directory: string, info: Deno.FileInfo): void {
  const cannot = `Cannot use the directory "${directory}":`;
  if (!info.isDirectory) {
    throw new Deno.errors.NotADirectory(
      `${cannot} it is ${
        info.isSymlink ? "a symbolic link" : "none"
      }; remove what is there`,
    );
  }
  if (
    !isOwn(info.uid, (time) => {
      needFile("write", directory);
      Deno.utimeSync(directory, time, time);
    })
  ) {
    throw new Deno.errors.PermissionDenied(
      `${cannot} it belongs to another user (${info.uid}); remove it, or set XDG_RUNTIME_DIR to a directory of yours`,
    );
  }
  if (isWritableByOthers(info)) {
    throw new Deno.errors.PermissionDenied(
      `${cannot} others may write to it; forbid it with: chmod go-w ${
        quote(directory)
      }`,
    );
  }
}
