import { quote } from "../files/paths.ts";
import { type Coverage, type Kind, KINDS } from "./rules.ts";

/** What is to be permitted of each kind. */
export type Permits = { readonly [K in Kind]?: Coverage };

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
