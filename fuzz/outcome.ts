import type { Served } from "./expect.ts";
import { STREAMS } from "./iface_streams.ts";
import { isRecord } from "./json.ts";

/** How a call may end. */
export interface Outcome {
  /** The codes of the errors that are right. */
  readonly codes: number[];
  /** The result as JSON, `true` for any, `undefined` for none. */
  readonly result: string | true | undefined;
  /** It is a call of the iface, which waits while that is made. */
  readonly isCall?: boolean;
  /** The method returns a stream. */
  readonly becomesStream?: boolean;
}

/** A valid request with an id. */
export interface ValidRequest {
  readonly id: unknown;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly session: string | undefined;
}

/** How the call that `request` asks for has to end. */
export function expectOutcome(request: ValidRequest, served: Served): Outcome {
  const { method, session } = request;
  const isReserved = /^(\$\/|rpc\.)/.test(method);
  if (session !== undefined && !isReserved) {
    if (!served.sessions.includes(session)) return failure(-32802);
  }
  const outcome = isReserved
    ? expectReserved(request)
    : { ...expectCall(request, served), isCall: true };
  // Only a stream can belong to another session.
  return session === undefined || outcome.becomesStream ? outcome : {
    ...outcome,
    codes: [...outcome.codes, ...outcome.result === undefined ? [] : [-32600]],
    result: undefined,
  };
}

function expectReserved({ method, args }: ValidRequest): Outcome {
  switch (method) {
    case "$/hello":
      return isRecord(args[0]) && args[0].protocol === 1 &&
          isFlag(args[0].log)
        ? { codes: [-32003], result: true }
        : failure(-32602);
    case "$/status":
    case "rpc.discover":
      return { codes: [-32003], result: true };
    case "$/shutdown":
      return isRecord(args[0]) && !isFlag(args[0].force)
        ? failure(-32602)
        : { codes: [], result: "null" };
    case "$/cancelRequest":
    case "$/stream":
      return { codes: [], result: "null" };
    default:
      return failure(-32601);
  }
}

function expectCall(request: ValidRequest, served: Served): Outcome {
  const { method, args } = request;
  switch (method) {
    case "echo":
    case "later":
    case "tick":
      return expectResult(request, args, served);
    case "big": {
      const length = Math.min(Number(args[0]) || 0, 100_000);
      if (length < 0) return failure(-32000);
      return expectResult(request, "x".repeat(length), served);
    }
    case "inherited":
      return served.hasInherited
        ? expectResult(request, "inherited", served)
        : failure(-32601);
    case "close":
    case "destroy":
      return { codes: [], result: "null" };
    case "tripped":
      return { codes: [], result: "[]" };
    case "never":
      return failure(-32800);
    case "fail":
    case "reject":
    case "throwBack":
      return failure(-32000);
    case "weird":
    case "weirdLater":
      return { codes: [-32000, -32003, -32600], result: true };
  }
  if (!STREAMS.includes(method)) return failure(-32601);
  return { codes: [-32600], result: undefined, becomesStream: true };
}

function expectResult(
  { id }: ValidRequest,
  result: unknown,
  { limits: { maxMessageBytes } }: Served,
): Outcome {
  const text = JSON.stringify({ jsonrpc: "2.0", id, result });
  return new TextEncoder().encode(text).length > maxMessageBytes
    ? failure(-32003)
    : { codes: [], result: JSON.stringify(result) };
}

function failure(code: number): Outcome {
  return { codes: [code], result: undefined };
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === "boolean";
}
