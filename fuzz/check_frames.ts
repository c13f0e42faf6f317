import { cut } from "./check_answers.ts";
import { isRecord, type Members, parseLine } from "./json.ts";
import { type Frames, parseFrames } from "./parse_frames.ts";
import { show } from "./trial.ts";

/** The result of the answer that a stream begins with, and the frames behind it. */
export function splitAnswer(
  output: Uint8Array,
): { answer: Members | undefined; rest: Uint8Array } {
  const end = output.indexOf(10) + 1;
  const line = parseLine(output.subarray(0, end));
  const answer = line && isRecord(line.result) ? line.result : undefined;
  return { answer, rest: output.subarray(end) };
}

/** Looks for what is wrong with the frames that one end of a stream sent, to the letter of PROTOCOL.md. */
export function checkFrames(
  output: Uint8Array,
  maxMessageBytes: number,
): string[] {
  const { controls, isBroken } = parseFrames(output, maxMessageBytes);
  if (isBroken) return [`a frame is not valid: ${cut(show(output))}`];
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

/** Compares the chunks that were taken with those that `frames` have. */
export function checkChunks(
  taken: readonly unknown[],
  { chunks, end }: Frames,
): string[] {
  // What was not taken by the time of an error never is.
  const expected = end === "done" ? chunks : chunks.slice(0, taken.length);
  const [is, should] = [taken, expected].map((all) => JSON.stringify(all));
  return is === should ? [] : [`${cut(is)} was taken, and not ${cut(should)}`];
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
  return isRecord(value) && Number.isInteger(value.code) &&
    typeof value.message === "string";
}
