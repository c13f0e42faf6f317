import type { ServerOptions } from "./create_server.ts";

/** How often the same is told, in milliseconds. */
const INTERVAL = 60_000;

/** Tells of an error, and what was done when it came. */
export type Report = (error: unknown, what: string) => void;

/** Hands errors to `onError`, whose own are dropped: they must not keep the server from going on. */
export function toReport({ onError }: ServerOptions): Report {
  return (error, what) => {
    try {
      if (onError) onError(error, what);
      else console.error(`Error in ${what}:`, error);
    } catch {
      // As said above.
    }
  };
}

/** `report` for what may fail again and again: it hears of the same once a minute at most. */
export function seldom(report: Report): Report {
  const told = new Map<string, number>();
  return (error, what) => {
    const now = performance.now();
    for (const [text, time] of told) {
      if (now - time >= INTERVAL) told.delete(text);
    }
    const text = `${what}: ${error}`;
    if (told.has(text)) return;
    told.set(text, now);
    report(error, what);
  };
}
