import type { Random } from "../src/testing/random.ts";
import { errorJson } from "./frames.ts";
import { hostileJson, times } from "./hostile.ts";

/** The lines of a false server: answers to calls with the ids 1 to 6, and other things. */
export function makeAnswers(random: Random): string[] {
  return times(random.between(1, 7), () => {
    const roll = random.below(20);
    if (roll < 12) return answer(random);
    if (roll < 16) return notification(random);
    if (roll === 16) return `[${answer(random)},${answer(random)}]`;
    return random.pick(["", "\r", "{}", hostileJson(random)]);
  });
}

function answer(random: Random): string {
  const id = random.chance(85)
    ? `${random.between(1, 6)}`
    : random.pick(["null", '"1"', "1.0", "-1", "7", hostileJson(random)]);
  const rest = random.pick([
    `"result":${hostileJson(random)}`,
    `"result":${hostileJson(random)}`,
    `"error":${errorJson(random)}`,
    `"error":${errorJson(random)}`,
    `"error":${hostileJson(random)}`,
    `"result":1,"error":null`,
    `"result":1,"error":${errorJson(random)}`,
    `"__proto__":{"result":1}`,
  ]);
  return `{"jsonrpc":"2.0","id":${id},${rest}}`;
}

function notification(random: Random): string {
  const method = random.pick([
    '"$/closing"',
    '"$/log"',
    '"$/opening"',
    '"$/hello"',
    '"__proto__"',
    hostileJson(random),
  ]);
  const params = random.pick([
    "{}",
    '{"text":"t"}',
    `{"text":${hostileJson(random)}}`,
    hostileJson(random),
  ]);
  const id = random.chance(20) ? `,"id":${random.below(4)}` : "";
  return `{"jsonrpc":"2.0","method":${method},"params":${params}${id}}`;
}
