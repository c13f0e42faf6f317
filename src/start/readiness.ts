import { withoutColours } from "../files/log.ts";
import { type ErrorData, toErrorData } from "../wire/error_data.ts";

/** What a starting daemon was doing when it failed. */
export type StartStage = "claim" | "log" | "import" | "default" | "listen";

/** The one line that a starting daemon tells its starter on stdout. */
export type Readiness =
  | {
    readonly autod: "ready" | "busy";
    readonly pid: number;
    /** How long the rpcfile took to be imported, in milliseconds. */
    readonly importTime?: number;
  }
  | FailedStart;

/** Why a daemon could not start. */
export interface FailedStart {
  readonly autod: "failed";
  readonly stage: StartStage;
  /** As in the protocol's `error.data`. */
  readonly error: unknown;
}

/** What there is to tell of a start that `error` ended. */
export function failedStart(
  stage: StartStage,
  error: unknown,
): FailedStart & { readonly error: ErrorData } {
  const data = toErrorData(error);
  // Deno colours the places of imports that failed, also without a terminal.
  const message = withoutColours(data.message);
  return { autod: "failed", stage, error: { ...data, message } };
}
