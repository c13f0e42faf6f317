/** Whether a name in the option `methods` is that of a stream method: `name:s`. */
export function isStream(listed: string): boolean {
  return listed.endsWith(":s");
}

/** The name that a method is called by. */
export function withoutSuffix(listed: string): string {
  return isStream(listed) ? listed.slice(0, -2) : listed;
}
