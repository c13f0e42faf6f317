import type { Log } from "../files/log.ts";
import { toErrorData } from "../wire/error_data.ts";

/** Lets everything that this process prints go to its log, as stdout and stderr lead nowhere. */
export function captureOutput(log: Log): void {
  // What packages from npm write to `process.stdout` passes here as well.
  for (const output of [Deno.stdout, Deno.stderr]) {
    let writable: WritableStream<Uint8Array> | undefined;
    const decoder = new TextDecoder();
    output.writeSync = (bytes) => {
      // What is copied in pieces is not cut between characters.
      const text = decoder.decode(bytes, { stream: true });
      if (text !== "") log.write(text);
      return bytes.length;
    };
    output.write = (bytes) => Promise.resolve(output.writeSync(bytes));
    output.close = () => {}; // its starter waits behind it for the word that it is ready
    Object.defineProperty(output, "writable", {
      get: () =>
        writable ??= new WritableStream({
          write: (bytes) => void output.writeSync(bytes),
        }),
    });
  }
  captureConsole(log);
}

function captureConsole(log: Log): void {
  const print = (...values: unknown[]) => log.write(format(values));
  for (const level of ["log", "info", "debug", "warn", "error"] as const) {
    console[level] = print;
  }
  console.trace = (...values) => print(...values, new Error("Trace").stack);
  console.dir = console.dirxml = console.table = (value) => print(value);
  console.group = console.groupCollapsed = print;
  const counts = new Map<string, number>();
  console.count = (label = "default") => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    print(`${label}: ${counts.get(label)}`);
  };
  console.countReset = (label = "default") => void counts.delete(label);
  const starts = new Map<string, number>();
  console.time = (label = "default") => {
    starts.set(label, performance.now());
  };
  console.timeLog = (label = "default") => {
    const start = starts.get(label) ?? performance.now();
    print(`${label}: ${Math.round(performance.now() - start)}ms`);
  };
  console.timeEnd = (label = "default") => {
    console.timeLog(label);
    starts.delete(label);
  };
  console.assert = (condition, ...values) => {
    if (!condition) print("Assertion failed:", ...values);
  };
}

/** What `console.log(...values)` prints, https://console.spec.whatwg.org/#formatter. */
function format(values: unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map(inspect).join(" ");
  const text = first.replace(/%([sdifoOjc%])/g, (match, kind) => {
    if (kind === "%") return "%";
    if (rest.length === 0) return match;
    const value = rest.shift();
    if (kind === "c") return "";
    try {
      return convert(kind, value);
    } catch {
      return inspect(value); // what is printed must not fail who prints it
    }
  });
  return [text, ...rest.map(inspect)].join(" ");
}

function convert(kind: string, value: unknown): string {
  if (kind === "s") return String(value);
  if (kind === "d" || kind === "i") return `${Math.trunc(Number(value))}`;
  if (kind === "f") return `${Number(value)}`;
  return kind === "j" ? JSON.stringify(value) : Deno.inspect(value);
}

/** `value` as it is printed, also where it forbids that. */
export function inspect(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value);
  } catch (error) {
    return toErrorData(error).message;
  }
}
