const QUOTE = 34;
const BACKSLASH = 92;
// Of `[` and `{`, and of `]` and `}`, which differ in one bit.
const OPEN = 91;
const CLOSE = 93;
const BIT = 32;

/**
 * Whether arrays and objects of a JSON text are nested deeper than `depth`. A
 * text that is no JSON may count as either.
 */
export function isDeeper(json: string, depth: number): boolean {
  // Few texts have to be looked at: each level takes two characters, and one
  // of them is quickly found.
  if (json.length <= 2 * depth || !hasBrackets(json, depth + 1)) return false;
  let level = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if ((code & ~BIT) === OPEN) {
      if (++level > depth) return true;
    } else if ((code & ~BIT) === CLOSE) level--;
  }
  return false;
}

/** Whether a text has so many brackets that open, also within its strings. */
function hasBrackets(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ["[", "{"]) {
    for (
      let at = text.indexOf(bracket);
      at !== -1;
      at = text.indexOf(bracket, at + 1)
    ) {
      if (--left === 0) return true;
    }
  }
  return false;
}

/** Where the string ends that begins at `start`; at the end, if it has none. */
function endOfString(json: string, start: number): number {
  for (let at = start;;) {
    at = json.indexOf('"', at + 1);
    if (at === -1) return json.length;
    let before = at;
    while (json.charCodeAt(before - 1) === BACKSLASH) before--;
    // An even number of them are escaped themselves.
    if ((at - before) % 2 === 0) return at;
  }
}
