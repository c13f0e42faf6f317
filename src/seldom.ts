/** How often the same is told, in milliseconds. */
const INTERVAL = 60_000;

/** Tells of an error, and what was done when it came. */
export type Report = (error: unknown, what: string) => void;

/** `report` for what may fail again and again: it hears of each `what` once a minute at most. */
export function seldom(report: Report): Report {
  const told = new Map<string, number>();
  return (error, what) => {
    const now = performance.now();
    if (now - (told.get(what) ?? -Infinity) < INTERVAL) return;
    told.set(what, now);
    report(error, what);
  };
}
