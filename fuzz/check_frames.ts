import { cut } from "./check_answers.ts";
import { parseFrames } from "./parse_frames.ts";

type Members = Record<string, unknown>;

/** The result of the answer that a stream begins with, and the frames behind it. */
export function splitAnswer(
  output: Uint8Array,
): { answer: Members | undefined; rest: Uint8Array } {
  const end = output.indexOf(10) + 1;
  const rest = output.subarray(end);
  try {
    const text = new TextDecoder().decode(output.subarray(0, end));
    return { answer: JSON.parse(text).result, rest };
  } catch {
    return { answer: undefined, rest };
  }
}

/** Looks for what is wrong with the frames that one end of a stream sent, to the letter of PROTOCOL.md. */
export function checkFrames(
  output: Uint8Array,
  maxMessageBytes: number,
): string[] {
  const { controls, isBroken } = parseFrames(output, maxMessageBytes);
  if (isBroken) return [`a frame is not valid: ${cut(decode(output))}`];
  const failures: string[] = [];
  const seen = new Set<string>();
  for (const frame of controls) {
    const [kind, ...others] = Object.keys(frame);
    if (others.length > 0 || !isControl(kind, frame[kind])) {
      failures.push(`this is no frame: ${cut(frame)}`);
    }
    const role = kind === "error" ? "done" : kind;
    if (seen.has(role)) failures.push(`"${role}" was said twice`);
    seen.add(role);
  }
  return failures;
}

function isControl(kind: string, value: unknown): boolean {
  switch (kind) {
    case "done":
    case "closed":
      return value === true;
    case "cancel":
      return value === null || isError(value);
    default:
      return kind === "error" && isError(value);
  }
}

function isError(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as Members;
  return Number.isInteger(code) && typeof message === "string";
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
