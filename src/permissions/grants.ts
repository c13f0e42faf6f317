import { isEverything } from "./daemon_flags.ts";
import { type Permits, toFlagLine, union, unite } from "./flags.ts";
import { type Holding, query } from "./query.ts";
import { type Coverage, type Kind, KINDS, type Rules } from "./rules.ts";

/** What a daemon would be granted and its starter does not hold. */
interface Excess {
  readonly kind: Kind;
  readonly grant: string;
  /** What the starter would have to be permitted. */
  readonly needs: string | true;
  /** Whether a denial is in the way. */
  readonly denied: boolean;
}

/**
 * Makes sure that a daemon is granted no more than this process holds, as far as
 * Deno can be asked. This is against accidents alone: whoever may run deno can
 * start it with any flags.
 *
 * @throws {Deno.errors.NotCapable} If it is granted more. The message names what, and the flags that are missing.
 */
export function checkGrants(rules: Rules, sockfile: string): void {
  const excess = excessesOf(rules);
  if (excess.length === 0) return;
  const grants = isEverything(rules)
    ? "everything"
    : excess.map(({ grant }) => grant).join(", ");
  throw new Deno.errors.NotCapable(
    `Cannot start the daemon for "${sockfile}": its permissions have ${grants}, which this command does not hold itself${
      excess.some(isProgramByName)
        ? " (Deno passes over programs that it does not find on the PATH)"
        : ""
    }; run the command ${
      remedy(rules, excess)
    }, or change the option "permissions"`,
  );
}

function isProgramByName({ kind, needs }: Excess): boolean {
  return kind === "run" && needs !== true && !needs.includes("/");
}

function excessesOf(rules: Rules): Excess[] {
  return KINDS.flatMap((kind) => excessOf(kind, rules[kind].allow));
}

function excessOf(kind: Kind, allow: Coverage): Excess[] {
  const whole = query(kind);
  if (whole === "all") return [];
  if (allow === true) {
    const denied = whole !== "none";
    return [{ kind, grant: `all "${kind}"`, needs: true, denied }];
  }
  return allow.flatMap((item) => {
    const holding = holdingOf(kind, item, whole);
    if (holding === "all") return [];
    return [{
      kind,
      grant: `"${kind}" of "${item}"`,
      needs: isRange(kind, item) || item,
      denied: holding !== "none",
    }];
  });
}

function holdingOf(kind: Kind, item: string, whole: Holding): Holding {
  // No denial inside of these is told, so that one anywhere has to count.
  if (isPattern(kind, item) && whole === "some") return "some";
  // Deno cannot be asked for all hosts of a domain; one that nobody has named
  // is only permitted if they all are.
  const host = item.startsWith("*.") && isHost(kind)
    ? item.replace("*", crypto.randomUUID())
    : item;
  return query(kind, host);
}

function isPattern(kind: Kind, item: string): boolean {
  if (kind === "env") return item.endsWith("*");
  return isHost(kind) && item.startsWith("*.") || isRange(kind, item);
}

/** Whether it is addresses (`10.0.0.0/8`) or a port of each (`:80`), which Deno cannot be asked for. */
function isRange(kind: Kind, item: string): boolean {
  return isHost(kind) && !item.startsWith("unix:") && /^:|\//.test(item);
}

function isHost(kind: Kind): boolean {
  return kind === "net" || kind === "import";
}

function remedy(rules: Rules, excess: readonly Excess[]): string {
  const denied = new Set(
    excess.filter(({ denied }) => denied)
      .map(({ kind }) => ` and without --deny-${kind}`),
  );
  const without = [...denied].join("");
  if (isEverything(rules)) return `with just --allow-all${without}`;
  // Where all else of a kind is held, a denial alone is in the way.
  const lacking = excess.filter(({ kind, denied }) =>
    !denied || query(kind) !== "some" || query("run") === "none"
  );
  if (lacking.length === 0) return without.replace(" and ", "");
  const permits = Object.entries(toPermits(lacking));
  const flagsOf = (isWhole: boolean, end: string) => {
    const some = permits.filter(([, coverage]) =>
      (coverage === true) === isWhole
    );
    const line = toFlagLine(Object.fromEntries(some));
    return line === "" ? [] : [`${line} ${end}`];
  };
  const flags = [
    ...flagsOf(false, "as well"),
    // Deno heeds the list where it is given both.
    ...flagsOf(true, "instead of a list"),
  ];
  return `with ${flags.join(", and ")}${without}`;
}

/** What a command needs to grant a daemon all of `rules`. */
export function needsToGrant(rules: Rules): Permits {
  const granted = KINDS.map((kind) => [kind, rules[kind].allow]);
  return unite(Object.fromEntries(granted), toPermits(excessesOf(rules)));
}

function toPermits(excess: readonly Excess[]): Permits {
  const permits: { [K in Kind]?: Coverage } = {};
  for (const { kind, needs, denied } of excess) {
    permits[kind] = union(permits[kind] ?? [], needs === true || [needs]);
    // Deno lets nobody write to a program that a list lets him run.
    const isAll = needs === true || needs === "/";
    const isWritten = kind === "write" && (isAll || denied);
    if (isWritten && query("run") === "none") {
      permits.run = true;
    }
  }
  return permits;
}
