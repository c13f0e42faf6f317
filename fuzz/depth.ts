/** How deep a message may be nested by default. */
export const MAX_DEPTH = 1000;

/**
 * How deep the arrays and objects of a JSON text are nested, made without the
 * code under test; also those of a member that another one of its name replaces.
 */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (inString && char === "\\") at++;
    else if (char === '"') inString = !inString;
    else if (inString) continue;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}
