/** One thing that `doctor` has looked at. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "warning" | "wrong";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** What was found, without a name for what was looked at. */
export type Found = Omit<Finding, "what">;

/** There is nothing to do about it. */
export function ok(detail: string): Found {
  return { state: "ok", detail };
}

/** A daemon works nevertheless. */
export function warning(detail: string, remedy?: string): Found {
  return { state: "warning", detail, remedy };
}

/** It keeps a daemon from working. */
export function wrong(detail: string, remedy?: string): Found {
  return { state: "wrong", detail, remedy };
}
