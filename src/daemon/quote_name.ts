/** How much is quoted of what a client said, in characters. */
const MAX_QUOTED = 100;

/** What a client calls something: of any length, and with anything in it that a terminal obeys. */
export function quoteName(name: string): string {
  return JSON.stringify(name.slice(0, MAX_QUOTED));
}
