import type { Unit } from "./results.ts";

/** A figure, without its unit. */
export function formatFigure(value: number, unit?: Unit): string {
  if (Number.isNaN(value)) return "";
  // Digits that mean something, and no more.
  const digits = unit === "processes" || Math.abs(value) >= 100
    ? 0
    : Math.abs(value) >= 10
    ? 1
    : 2;
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A count, exactly: `65,536`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}
