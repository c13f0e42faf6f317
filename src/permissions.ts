/** `true` grants everything of a kind; a list grants its items. */
export type Grant = boolean | readonly string[];

/** What a daemon may do: one key for each permission flag of Deno, https://docs.deno.com/runtime/fundamentals/security/. */
export interface DaemonPermissions {
  /** Paths that may be read. */
  readonly read?: Grant;
  /** Paths that may be written. */
  readonly write?: Grant;
  /** Hosts, as `host`, `host:port` or `unix:<absolute path>`. */
  readonly net?: Grant;
  /** Names of environment variables. */
  readonly env?: Grant;
  /** Programs that may be run. */
  readonly run?: Grant;
  /** Names of system information, such as `"hostname"`. */
  readonly sys?: Grant;
  /** Paths of dynamic libraries. */
  readonly ffi?: Grant;
  /** Hosts that code may be imported from. */
  readonly import?: Grant;
}

/** The option `permissions` of `autod`: nothing, all, or what is listed. */
export type PermissionsOption = "none" | "all" | DaemonPermissions;

/** The paths that the daemon itself cannot do without. */
export interface DaemonPaths {
  readonly sockfile: string;
  readonly logfile: string;
  readonly pidfile?: string;
}

const KINDS = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "sys",
  "ffi",
  "import",
] as const;

/**
 * The permission flags of a daemon's process: what it needs for its own socket,
 * lock and log, and what its author grants.
 *
 * @throws {TypeError} If a key is unknown, a grant of the wrong type, or an item cannot be written in a flag.
 */
export function daemonFlags(
  permissions: PermissionsOption,
  { sockfile, logfile, pidfile }: DaemonPaths,
): string[] {
  if (permissions === "all") return ["--allow-all"];
  const granted = permissions === "none" ? {} : permissions;
  checkGrants(granted);
  const files = [sockfile, `${sockfile}.new`, `${sockfile}.lock`];
  const needed: DaemonPermissions = {
    read: [...files, logfile],
    write: [
      ...files,
      logfile,
      `${logfile}.1`,
      ...pidfile === undefined ? [] : [pidfile],
    ],
    net: [`unix:${sockfile}`, `unix:${sockfile}.new`],
  };
  return KINDS.flatMap((kind) => {
    const grant = granted[kind];
    if (grant === true) return [`--allow-${kind}`];
    const items = [...needed[kind] as string[] ?? [], ...grant || []];
    return items.length > 0 ? [`--allow-${kind}=${items.join(",")}`] : [];
  });
}

/**
 * The flags that a command needs to reach the daemon at `sockfile`, and to
 * start it if it may run `program`.
 */
export function clientFlags(sockfile: string, program?: string): string {
  const files = program === undefined
    ? sockfile
    : `${sockfile},${sockfile}.spawn`;
  const flags = [
    `--allow-read=${files}`,
    `--allow-write=${files}`,
    `--allow-net=unix:${sockfile}`,
  ];
  if (program !== undefined) flags.push(`--allow-run=${program}`);
  return flags.map(quote).join(" ");
}

function quote(flag: string): string {
  return /^[\w./:,=@%+-]+$/.test(flag)
    ? flag
    : `'${flag.replaceAll("'", `'\\''`)}'`;
}

function checkGrants(permissions: DaemonPermissions): void {
  for (const [kind, grant] of Object.entries(permissions)) {
    if (!(KINDS as readonly string[]).includes(kind)) {
      throw new TypeError(
        `Cannot grant "${kind}" to the daemon: there is no such permission, only ${
          KINDS.join(", ")
        }`,
      );
    }
    if (grant === undefined || typeof grant === "boolean") continue;
    if (!Array.isArray(grant) || !grant.every(isItem)) {
      throw new TypeError(
        `Cannot grant "${kind}" to the daemon: it should be true or a list of strings without a comma, as Deno splits its flags there, and is ${
          Deno.inspect(grant)
        }`,
      );
    }
  }
}

function isItem(item: unknown): boolean {
  return typeof item === "string" && item !== "" && !item.includes(",");
}
