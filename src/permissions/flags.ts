import { quote } from "../quote.ts";
import { type Coverage, type Kind, KINDS } from "./rules.ts";

/** What is to be permitted of each kind. */
export type Permits = { readonly [K in Kind]?: Coverage };

/** What both cover together, each item once. */
export function union(one: Coverage, other: Coverage): Coverage {
  return one === true || other === true ||
    [...new Set([...one, ...other])];
}

/** What all of `permits` name together. */
export function unite(...permits: readonly Permits[]): Permits {
  const entries = KINDS.map((kind) => [
    kind,
    permits.map((one) => one[kind] ?? []).reduce(union),
  ]);
  return Object.fromEntries(entries);
}

/**
 * The flag that says what `coverage` covers, if that is anything: an empty list
 * must not become a flag without a list, which covers everything.
 */
export function flagOf(
  effect: "allow" | "deny",
  kind: Kind,
  coverage: Coverage,
): string[] {
  const name = `--${effect}-${kind}`;
  if (coverage === true) return [name];
  return coverage.length === 0 ? [] : [`${name}=${coverage.join(",")}`];
}

/** The flags that permit what is named, as they are pasted into a shell. */
export function toFlagLine(permits: Permits): string {
  return KINDS.flatMap((kind) => flagOf("allow", kind, permits[kind] ?? []))
    .map(quote).join(" ");
}
