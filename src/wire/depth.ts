const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;
/** What makes a brace of a bracket, and leaves a brace what it is. */
const BRACE = 32;
/** How many bytes are looked at in one step. */
const STRIDE = 4;

/**
 * Whether arrays and objects of a JSON text are nested deeper than `depth`. A
 * text that is no JSON may count as either.
 */
export function isDeeper(json: string, depth: number): boolean {
  // Few texts have to be looked at: each level takes two characters, and one
  // of them is quickly found.
  if (json.length <= 2 * depth || !mayNest(json, depth + 1)) return false;
  // Of bytes, and without a branch for each kind: the kinds follow each other as
  // no processor foresees, and this looks at each byte of a large message.
  const steps = new Int8Array(256);
  for (const bracket of "[{") steps[bracket.charCodeAt(0)] = 1;
  for (const bracket of "]}") steps[bracket.charCodeAt(0)] = -1;
  const turns = new Int8Array(256);
  turns[QUOTE] = -1;
  const bytes = new TextEncoder().encode(json);
  let level = 0;
  let outside = -1; // all bits, or none within a string
  let at = 0;
  // In strides up to the first escape, which has no fewer bytes before it than
  // characters, and as long as none of them can come to a level too deep.
  const escape = json.indexOf("\\");
  const end = (escape === -1 ? bytes.length : escape) - STRIDE;
  for (; at <= end && level <= depth - STRIDE; at += STRIDE) {
    const first = bytes[at];
    const second = bytes[at + 1];
    const third = bytes[at + 2];
    const fourth = bytes[at + 3];
    outside ^= turns[first];
    level += steps[first] & outside;
    outside ^= turns[second];
    level += steps[second] & outside;
    outside ^= turns[third];
    level += steps[third] & outside;
    outside ^= turns[fourth];
    level += steps[fourth] & outside;
  }
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    outside ^= turns[byte];
    level += steps[byte] & outside;
    if (level > depth) return true;
    if (byte === BACKSLASH) at++;
  }
  return false;
}

/**
 * Whether a text has so many brackets that open, but for those that are no
 * deeper than one that has just been closed beside them.
 */
function mayNest(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ["[", "{"]) {
    for (
      let at = text.indexOf(bracket);
      at !== -1;
      at = text.indexOf(bracket, at + 1)
    ) {
      if (!isBesideClosed(text, at) && --left === 0) return true;
    }
  }
  return false;
}

// Only a comma comes between them. What closes is no part of a string, whose
// quote would come between as well, unless what opens is, which nests nothing.
function isBesideClosed(text: string, at: number): boolean {
  return (text.charCodeAt(at - 2) | BRACE) === CLOSING_BRACE;
}
