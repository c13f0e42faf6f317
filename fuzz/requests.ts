import type { Random } from "../src/testing/random.ts";
import { hostileJson, INHERITED, times } from "./hostile.ts";
import { RESULT_KINDS } from "./iface_results.ts";
import { STREAMS } from "./iface_streams.ts";
import { mutateBytes, mutateLines, rawBytes, toBytes } from "./mutate.ts";

/** How a conversation is made up. */
export interface Talk {
  /** The sessions that there are. */
  readonly sessions: readonly string[];
  /** Whether methods that end the session or the daemon may be called. */
  readonly ends: boolean;
}

/** The members of a request, as JSON. */
interface Members {
  readonly id?: string;
  readonly method: string;
  readonly params?: string;
  readonly session?: string;
}

const HELLO: Members = {
  id: "0",
  method: '"$/hello"',
  params: '{"protocol":1,"client":{"pid":1}}',
};

/** The bytes of a conversation, good or bad. */
export function makeLines(random: Random, talk: Talk): Uint8Array<ArrayBuffer> {
  if (random.chance(5)) return rawBytes(random);
  let lines = conversation(random, talk);
  if (random.chance(50)) lines = mutateLines(random, lines);
  const bytes = toBytes(lines);
  if (random.chance(5)) return bytes.slice(0, random.below(bytes.length + 1));
  return random.chance(30) ? mutateBytes(random, bytes) : bytes;
}

/** The lines of a conversation, of which most are valid. */
export function conversation(random: Random, talk: Talk): string[] {
  const lines = times(random.between(1, 6), () => line(random, talk));
  if (random.chance(60)) lines.unshift(request(random, HELLO));
  if (random.chance(15)) addCancelled(random, lines);
  return lines;
}

/** Adds a call that goes on, and what ends it. */
function addCancelled(random: Random, lines: string[]): void {
  const id = anyId(random);
  const begin = random.below(lines.length + 1);
  const end = random.between(begin, lines.length);
  const method = '"$/cancelRequest"';
  const params = `{"id":${id ?? 0}}`;
  lines.splice(end, 0, request(random, { method, params }));
  lines.splice(begin, 0, request(random, { id, method: '"never"' }));
}

function line(random: Random, talk: Talk): string {
  if (random.chance(80)) return anyRequest(random, talk);
  if (random.chance(2)) {
    const member = random.pick(["1", "[]", anyRequest(random, talk)]);
    return `[${times(random.pick([50, 200]), () => member).join(",")}]`;
  }
  const size = random.pick([0, 1, 1, 2, 3, 8]);
  const members = times(
    size,
    () => random.chance(85) ? anyRequest(random, talk) : hostileJson(random),
  );
  return `[${members.join(",")}]`;
}

function anyRequest(random: Random, talk: Talk): string {
  const id = anyId(random);
  const roll = random.below(100);
  if (roll < 36) return request(random, { id, ...call(random) });
  if (roll < 44) return request(random, { id, ...stream(random, talk) });
  if (roll < 65) {
    const name = random.pick([...INHERITED, "inner", "inner.run", "secret"]);
    const method = JSON.stringify(name);
    return request(random, { id, method, params: anyParams(random) });
  }
  if (roll < 95) return request(random, { id, ...reserved(random) });
  const method = roll < 98 || !talk.ends
    ? hostileJson(random)
    : random.pick(['"close"', '"destroy"', '"$/shutdown"']);
  return request(random, { id, method, params: hostileJson(random) });
}

function anyId(random: Random): string | undefined {
  if (random.chance(15)) return undefined;
  return random.chance(85) ? `${random.below(6)}` : hostileJson(random);
}

function call(random: Random): Members {
  const name = random.pick([
    "echo",
    "echo",
    "later",
    "tick",
    "never",
    "big",
    "fail",
    "reject",
    "throwBack",
    "weird",
    "weirdLater",
    "inherited",
    "unknown",
    "",
  ]);
  const params = /fail|reject|weird/.test(name) && random.chance(80)
    ? `[${random.below(RESULT_KINDS)}]`
    : name === "big"
    ? `[${random.pick([1, 500, 2000, 99_999])}]`
    : anyParams(random);
  return { method: JSON.stringify(name), params };
}

function stream(random: Random, talk: Talk): Members {
  const name = random.chance(70) ? random.pick(STREAMS) : "echo";
  const session = random.chance(60)
    ? undefined
    : random.chance(80)
    ? JSON.stringify(random.pick(talk.sessions))
    : hostileJson(random);
  const params = `[${random.below(5)}]`;
  return { method: JSON.stringify(name), params, session };
}

const RESERVED = [
  "$/hello",
  "$/hello",
  "$/cancelRequest",
  "$/cancelRequest",
  "$/cancelRequest",
  "$/status",
  "$/stream",
  "$/stream",
  "$/ref",
  "$/log",
  "$/closing",
  "$/opening",
  "$/",
  "rpc.discover",
  "rpc.",
  "rpc.toString",
  "$/__proto__",
];

function reserved(random: Random): Members {
  const name = random.pick(RESERVED);
  const params = random.chance(30)
    ? anyParams(random)
    : reservedParams(random, name);
  return { method: JSON.stringify(name), params };
}

/** Parameters for a method of the protocol, right or wrong. */
export function reservedParams(random: Random, name: string): string {
  const value = () =>
    random.chance(60) ? `${random.below(6)}` : hostileJson(random);
  switch (name) {
    case "$/hello":
      return `{"protocol":${random.pick(["1", "1", "1", "2", value()])},"log":${
        random.pick(["true", "false", value()])
      },"version":${value()},"client":${value()}}`;
    case "$/stream":
      return `{"id":${value()},${random.pick(['"cancel"', '"error"'])}:${
        random.pick(["null", '{"code":1,"message":"m"}', value()])
      }}`;
    default:
      return random.pick([`{"id":${value()}}`, `[{"id":${value()}}]`]);
  }
}

function anyParams(random: Random): string | undefined {
  if (random.chance(15)) return undefined;
  if (random.chance(20)) return hostileJson(random);
  const value = () =>
    random.chance(50) ? `${random.below(10)}` : hostileJson(random);
  return random.chance(70)
    ? `[${times(random.below(4), value).join(",")}]`
    : `{"a":${value()}}`;
}

/** The text of a request. */
export function requestText(members: Members): string {
  return `{${membersOf(members).join(",")}}`;
}

function membersOf(members: Members): string[] {
  const texts = Object.entries({ jsonrpc: '"2.0"', ...members });
  return texts.filter(([, json]) => json !== undefined)
    .map(([name, json]) => `"${name}":${json}`);
}

/** As {@linkcode requestText}, with a member too many or too few at times. */
function request(random: Random, members: Members): string {
  const texts = membersOf(members);
  if (random.chance(3)) texts.push(random.pick(texts));
  if (random.chance(3)) texts.splice(random.below(texts.length), 1);
  if (random.chance(10)) texts.reverse();
  return `{${texts.join(",")}}`;
}
