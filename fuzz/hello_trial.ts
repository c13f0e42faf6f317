import { autod, AutodError, type Daemon } from "../mod.ts";
import { FakeDaemon } from "../src/testing/fake_daemon.ts";
import type { Random } from "../src/testing/random.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { makeAnswers } from "./answers.ts";
import { checkError } from "./check_error.ts";
import { errorJson } from "./frames.ts";
import { hostileJson } from "./hostile.ts";
import { mutateBytes, mutateLines, toBytes } from "./mutate.ts";
import { type Outcome, show } from "./trial.ts";

/** Lets `autod()` meet a false daemon at `path`. It uses it, or rejects with an error of its own. */
export async function helloTrial(
  random: Random,
  path: string,
): Promise<Outcome> {
  const bytes = makeHello(random);
  const fed = show(bytes);
  await using _daemon = new FakeDaemon(path, async (conn) => {
    // It reads the hello: what is unread would reset the connection.
    await conn.read(new Uint8Array(4096));
    await writeAll(conn, bytes);
    await conn.closeWrite();
  });
  try {
    await using daemon = await autod({
      rpcfile: "/nowhere/iface.ts",
      sockfile: path,
      methods: random.pick([[], ["echo"], ["echo", "numbers:s"]]),
      spawn: random.chance(50) ? false : undefined,
      version: random.pick([undefined, "1"]),
      onMismatch: "error",
      // If it were none, this one would not be there any more, and nobody else.
      execPath: "/nowhere/deno",
    });
    return { failures: checkDaemon(daemon), fed };
  } catch (error) {
    const failures = checkError(error, random.chance(5));
    if (!(error instanceof AutodError)) {
      failures.push(`autod() rejected with ${Deno.inspect(error)}`);
    }
    return { failures, fed };
  }
}

/** Looks at what a daemon says of itself as programs do. */
function checkDaemon({ connection }: Daemon<unknown>): string[] {
  const { pid, instance, version, startedAt } = connection;
  const failures: string[] = [];
  if (!Number.isInteger(pid) || pid <= 0) failures.push(`the pid is ${pid}`);
  if (typeof instance !== "string") failures.push("the instance is no text");
  if (version !== undefined && typeof version !== "string") {
    failures.push("the version is no text");
  }
  if (!(startedAt instanceof Date) || Number.isNaN(startedAt.getTime())) {
    failures.push(`it started at ${startedAt}`);
  }
  return failures;
}

function makeHello(random: Random): Uint8Array<ArrayBuffer> {
  const lines = random.chance(60) ? [hello(random)] : makeAnswers(random);
  if (random.chance(20)) lines.unshift(...makeAnswers(random).slice(0, 1));
  const mutated = random.chance(20) ? mutateLines(random, lines) : lines;
  const bytes = toBytes(mutated);
  return random.chance(15) ? mutateBytes(random, bytes) : bytes;
}

const MEMBERS = {
  protocol: "1",
  pid: "7",
  instance: '"i"',
  session: '"i/1"',
  startedAt: '"2026-01-01T00:00:00.000Z"',
  version: '"1"',
  methods: '["echo","numbers"]',
};

function hello(random: Random): string {
  const members = { ...MEMBERS };
  for (const name of Object.keys(members) as (keyof typeof members)[]) {
    if (random.chance(15)) {
      members[name] = random.pick([
        hostileJson(random),
        "[1]",
        '["toString",{"toString":1}]',
        '{"toString":1,"valueOf":1}',
        "-1",
      ]);
    }
  }
  const texts = Object.entries(members)
    .filter(() => random.chance(97))
    .map(([name, json]) => `"${name}":${json}`);
  const rest = random.chance(80)
    ? `"result":{${texts.join(",")}}`
    : `"error":${errorJson(random)}`;
  return `{"jsonrpc":"2.0","id":1,${rest}}`;
}
