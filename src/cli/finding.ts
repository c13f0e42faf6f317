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
