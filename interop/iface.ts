import type { CreateIface } from "@autod/autod/server";

interface Operands {
  readonly minuend: number;
  readonly subtrahend: number;
}

const heard: unknown[][] = [];
const waiting: (() => void)[] = [];

function hear(...args: unknown[]): void {
  heard.push(args);
  for (const wake of waiting.splice(0)) wake();
}

/** The methods of the examples in the specification, and some that show more of a client. */
export default ((_server, stream) => ({
  subtract: (a: number | Operands, b: number) =>
    typeof a === "number" ? a - b : a.minuend - a.subtrahend,
  sum: (...numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0),
  get_data: () => ["hello", 5],
  update: hear,
  notify_hello: hear,
  notify_sum: hear,
  /** What those three were given, whoever called them, once it is `count` times. */
  async heard(count: number) {
    while (heard.length < count) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    return { heard: heard.toSorted() }; // connections have no order
  },
  /** An object, as some clients take no other result. */
  echo: (...args: unknown[]) => ({ args }),
  take() {
    const error = new RangeError("Nothing is left");
    throw Object.assign(error, { shelf: 7 });
  },
  never() {
    const { callSignal } = stream;
    return new Promise((_, reject) => {
      callSignal.addEventListener("abort", () => reject(callSignal.reason));
    });
  },
})) satisfies CreateIface;
