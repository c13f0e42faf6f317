import type { Entry } from "./journal.ts";
import type { Plan } from "./plan.ts";

/** What a client is to do, as JSON among its arguments. */
export interface Job
  extends Pick<Plan, "autoclose" | "drainTimeout" | "slowest"> {
  readonly dir: string;
  readonly sockfile: string;
  /** What its ids begin with, and what it decides by. */
  readonly name: string;
  readonly seeds: readonly number[];
  /** Make a single call, and end. */
  readonly once: boolean;
}

/** How a call, or `autod()` itself, failed. */
export type Failure =
  | { readonly error: "closed"; readonly maybeExecuted: boolean }
  | {
    readonly error: "autod";
    readonly code: string;
    readonly message: string;
  }
  | { readonly error: "other"; readonly text: string };

/** A line that a client prints. */
export type Told =
  | { readonly event: "opening" }
  | { readonly event: "opened"; readonly pid: number; readonly ms: number }
  | { readonly event: "refused"; readonly ms: number; readonly why: Failure }
  | { readonly event: "asked"; readonly ids: readonly string[] }
  | { readonly event: "answered"; readonly ms: number; readonly entry: Entry }
  | {
    readonly event: "failed";
    readonly ms: number;
    readonly id: string;
    readonly why: Failure;
  };
