/** Shows what a command found: `value` as JSON to programs, or what `print` prints to people. */
export function show(json: boolean, value: unknown, print: () => void): void {
  if (json) console.log(JSON.stringify(value));
  else print();
}

/**
 * Writes all of `bytes` to stdout.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads it any more, which `console.log()` does not tell.
 */
export function writeOut(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

/** Prints names and values in two columns. Colours are left out where stdout is no terminal, and with `NO_COLOR`. */
export function printTable(
  rows: readonly (readonly [name: string, value: unknown])[],
): void {
  const shown = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) {
    console.log(`%c${name.padEnd(width)}%c  ${value}`, "color: cyan", "");
  }
}

/** `bytes` as people write them. */
export function toSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]] as const;

/** How long ago that was, in its two largest units. */
export function toAge(since: Date): string {
  const age = Math.round((Date.now() - since.getTime()) / 1000);
  let seconds = Math.max(0, age);
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return `${parts.slice(0, 2).join(" ") || "0 s"} ago`;
}
