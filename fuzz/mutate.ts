import type { Random } from "../src/testing/random.ts";
import { hostileJson } from "./hostile.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** Sequences that are not UTF-8, or that are and should not matter. */
const BROKEN = [
  [0xc0, 0xaf], // overlong
  [0xe0, 0x80, 0xaf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xed, 0xa0, 0x80], // a surrogate
  [0xed, 0xbf, 0xbf],
  [0xe2, 0x82], // cut
  [0xf0, 0x9f, 0x98],
  [0x80],
  [0xff, 0xfe],
  [0xf5, 0x80, 0x80, 0x80],
  [0xef, 0xbb, 0xbf], // a byte order mark
  [0x00],
  [0x0d],
  [0x0a],
  [0x0d, 0x0a],
  [0x22],
  [0x7b],
].map((bytes) => new Uint8Array(bytes));

const JSON_BYTES = Array.from(encoder.encode('{}[]":,0-e\\u\n id'));

/** The bytes of `lines`, each with its line feed. */
export function toBytes(lines: readonly string[]): Bytes {
  return encoder.encode(lines.map((line) => `${line}\n`).join(""));
}

/** Drops, repeats, swaps or joins some of `lines`, or puts hostile values into them. */
export function mutateLines(random: Random, lines: string[]): string[] {
  const mutated = [...lines];
  for (let left = random.between(1, 3); left > 0; left--) {
    const at = random.below(mutated.length);
    const other = random.below(mutated.length);
    const line = mutated[at] ?? "";
    switch (random.below(6)) {
      case 0:
        mutated.splice(at, 1);
        break;
      case 1:
        mutated.splice(other, 0, line);
        break;
      case 2:
        [mutated[at], mutated[other]] = [mutated[other] ?? "", line];
        break;
      case 3:
        mutated[at] = random.pick([
          "",
          "\r",
          " ",
          `${line}\r`,
          `${line},`,
          `\ufeff${line}`,
        ]);
        break;
      default:
        mutated[at] = replaceToken(random, line);
    }
  }
  return mutated;
}

/** Puts a hostile value in the place of one of the names and values of a JSON text. */
function replaceToken(random: Random, text: string): string {
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null/g;
  const found = Array.from(text.matchAll(token));
  if (found.length === 0) return hostileJson(random);
  const { 0: old, index } = random.pick(found);
  return text.slice(0, index) + hostileJson(random) +
    text.slice(index + old.length);
}

/** Flips, drops, repeats or adds some of `bytes`. */
export function mutateBytes(random: Random, bytes: Bytes): Bytes {
  let mutated = bytes;
  for (let left = random.between(1, 3); left > 0; left--) {
    const at = random.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.between(1, 20));
    const piece = mutated.subarray(at, end);
    switch (random.below(6)) {
      case 0:
        mutated = mutated.slice();
        if (at < mutated.length) mutated[at] ^= 1 << random.below(8);
        break;
      case 1:
        mutated = splice(mutated, at, end);
        break;
      case 2:
        mutated = splice(mutated, at, at, piece);
        break;
      case 3:
        mutated = mutated.slice(0, at);
        break;
      default:
        mutated = splice(mutated, at, at, random.pick(BROKEN));
    }
  }
  return mutated;
}

/** Random bytes, with line feeds among them. */
export function rawBytes(random: Random): Bytes {
  const bytes = new Uint8Array(random.below(200));
  const ascii = random.chance(50);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = ascii ? random.pick(JSON_BYTES) : random.below(256);
    if (random.chance(3)) bytes[at] = 10;
  }
  return bytes;
}

function splice(
  bytes: Bytes,
  from: number,
  to: number,
  added: Uint8Array = new Uint8Array(0),
): Bytes {
  return concat([bytes.subarray(0, from), added, bytes.subarray(to)]);
}

/** All of `pieces`, one behind the other. */
export function concat(pieces: readonly Uint8Array[]): Bytes {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
