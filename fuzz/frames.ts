import type { Random } from "../src/testing/random.ts";
import { hostileJson, times } from "./hostile.ts";
import { concat, mutateBytes, toBytes } from "./mutate.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The frames of one direction of a stream, of which most are valid. */
export function makeFrames(random: Random): Bytes {
  const frames = times(random.below(6), () => chunk(random));
  if (random.chance(40)) frames.push(line('{"done":true}'));
  const controls = random.chance(40) ? random.between(1, 2) : 0;
  for (let left = controls; left > 0; left--) {
    frames.splice(random.below(frames.length + 1), 0, control(random));
  }
  if (random.chance(20)) frames.push(chunk(random)); // behind the end
  const bytes = concat(frames);
  return random.chance(30) ? mutateBytes(random, bytes) : bytes;
}

function chunk(random: Random): Bytes {
  const roll = random.below(10);
  if (roll < 5) return line(`{"value":${random.below(100)}}`);
  if (roll < 7) return line(`{"value":${hostileJson(random)}}`);
  const length = random.pick([0, 1, 10, 300, 9000]);
  const bytes = new Uint8Array(length).fill(random.pick([10, 65, 255, 123]));
  return concat([line(`{"bytes":${length}}`), bytes]);
}

const LENGTHS = ["-1", "1.5", "1e400", "67108865", "1e15", "-0", '"1"'];

/** Lines that are values only to whoever looks at several of them at once. */
const NEARLY_VALUES = [
  '{"value":1,"bytes":3,"done":true}',
  '{"value":1,2}',
  '{"value":1}\n{"value":[1}\n{"value":2]}',
  '{"value":{"a":1}\n{"value":2}}',
  '{"value":}\n{"value":1}',
  '{"value":1}}',
  '{"value":"}\n{"value":"}',
];

function control(random: Random): Bytes {
  const value = hostileJson(random);
  return line(random.pick([
    '{"done":true}',
    '{"closed":true}',
    '{"cancel":null}',
    '{"cancel":{"code":1,"message":"m"}}',
    '{"error":{"code":1,"message":"m"}}',
    "",
    "\r",
    "{}",
    value,
    `{"done":${value}}`,
    `{"closed":${value}}`,
    `{"cancel":${value}}`,
    `{"error":${value}}`,
    `{"bytes":${value}}`,
    `{"bytes":${random.pick(LENGTHS)}}`,
    `{"bytes":${random.pick(LENGTHS)}}`,
    ...NEARLY_VALUES,
    `{"cancel":${errorJson(random)}}`,
    `{"error":${errorJson(random)}}`,
  ]));
}

/** The text of an error object with hostile data. */
export function errorJson(random: Random): string {
  const value = () => hostileJson(random);
  return `{"code":${random.pick(["-32000", value()])},"message":${
    random.pick(['"m"', value()])
  },"data":${
    random.pick([
      value(),
      `{"value":${value()}}`,
      `{"name":${value()},"message":${value()},"stack":${value()},"cause":${value()},"errors":[${value()}]}`,
      `{"__proto__":${value()},"constructor":${value()},"toString":${value()},"then":${value()}}`,
      `{"errors":${value()},"cause":{"message":"c","toString":${value()},"cause":${value()}}}`,
    ])
  }}`;
}

function line(text: string): Bytes {
  return toBytes([text]);
}
