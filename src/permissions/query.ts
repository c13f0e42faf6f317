import type { Kind } from "./rules.ts";

const SCOPES: Record<Kind, string> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  sys: "kind",
  ffi: "path",
  import: "host",
};

/** How much a process holds of what it was asked for. */
export type Holding = "all" | "some" | "none" | "denied";

/**
 * What this process holds of an item, or of a whole kind of permission. Nobody
 * at a terminal is asked.
 */
export function query(kind: Kind, item?: string): Holding {
  const scope = item === undefined ? {} : { [SCOPES[kind]]: item };
  const descriptor = { name: kind, ...scope } as Deno.PermissionDescriptor;
  try {
    const { state, partial } = Deno.permissions.querySync(descriptor);
    if (state === "granted") return partial ? "some" : "all";
    return state === "denied" ? "denied" : "none";
  } catch {
    return "none"; // there is no such item
  }
}
