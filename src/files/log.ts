import { removeIfThere, removeQuietly } from "./if_there.ts";
import { openOwnFile } from "./own_file.ts";
import { writeSafely } from "../write_safely.ts";
import { toErrorData } from "../wire/error_data.ts";

/** Gets what the daemon prints, in whole lines with their line feeds. */
export type LogListener = (text: string) => void;

/** The daemon's log: each line with the time and the pid. */
export class Log {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #listeners = new Set<LogListener>();
  /** Whether the last lines could not be written, or not all of them. */
  #isTorn = false;

  /**
   * Opens the log of a socket's daemon to append to it; a long one is put aside first.
   *
   * @throws {AutodError} If it is a link, or not this user's alone.
   */
  constructor(path: string, sockfile: string) {
    this.path = path;
    const { file, info } = openOwnFile(path, { sockfile, append: true });
    this.#file = file;
    if (info.size > MAX_LOG_BYTES) this.#putAside();
  }

  // Its starter may have led this process's stderr to the file: it stays the one.
  #putAside(): void {
    const aside = `${this.path}.1`;
    try {
      removeIfThere(aside);
      Deno.copyFileSync(this.path, aside);
      this.#file.truncateSync();
    } catch (error) {
      // What there is stays: a long log is worth more than none, or no daemon.
      removeQuietly(aside); // half of it would take the last of a full disk
      this.write(`Cannot put the log aside: ${(error as Error).message}`);
    }
  }

  /** Adds a listener; the result removes it. */
  listen(listener: LogListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Writes `text`, which may have several lines, with or without the last line
   * feed. Never throws: a full disk must not end the daemon.
   */
  write(text: string): void {
    const stamp = `${new Date().toISOString()} ${Deno.pid} `;
    const bare = text.replace(/\n$/, "");
    const lines = withoutColours(bare).split("\n");
    // A full disk may have taken half a line, behind which none would be found.
    const lost = this.#isTorn ? `\n${stamp}Lines before this were lost\n` : "";
    const stamped = lines.map((line) => `${stamp}${line}\n`).join("");
    this.#isTorn = !writeSafely(this.#file, lost + stamped);
    for (const listener of this.#listeners) listener(`${bare}\n`);
  }

  /** Lets everything that is printed come here, as stdout and stderr lead nowhere. */
  captureOutput(): void {
    // What packages from npm write to `process.stdout` passes here as well.
    for (const output of [Deno.stdout, Deno.stderr]) {
      let writable: WritableStream<Uint8Array> | undefined;
      const decoder = new TextDecoder();
      output.writeSync = (bytes) => {
        // What is copied in pieces is not cut between characters.
        const text = decoder.decode(bytes, { stream: true });
        if (text !== "") this.write(text);
        return bytes.length;
      };
      output.write = (bytes) => Promise.resolve(output.writeSync(bytes));
      output.close = () => {}; // its starter waits behind it for the word that it is ready
      Object.defineProperty(output, "writable", {
        get: () => writable ??= writableTo(output),
      });
    }
    this.#captureConsole();
  }

  #captureConsole(): void {
    const print = (...values: unknown[]) => this.write(format(values));
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
}

/** A log of more bytes is put aside as `<logfile>.1` when a daemon starts. */
export const MAX_LOG_BYTES = 1024 * 1024;

function writableTo(
  output: { writeSync(bytes: Uint8Array): number },
): WritableStream<Uint8Array> {
  return new WritableStream({ write: (bytes) => void output.writeSync(bytes) });
}

/** `text` without the codes that colour it in a terminal. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- they begin with a control character
  return text.replace(/\x1b\[[0-9;]*m/g, "");
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
