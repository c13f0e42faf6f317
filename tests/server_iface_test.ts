import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EventEmitter } from "node:events";
import { AutodError, RpcError } from "../mod.ts";
import { callback, type CreateIface } from "../server.ts";
import { inTime } from "../src/testing/deadline.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { ask, join, serve } from "../src/testing/serve.ts";

/** Fails unless every one of `names` is refused as no method. */
async function assertNoMethods(box: Sandbox, names: string[]): Promise<void> {
  const answers = await ask(box, ...names.map((name): [string] => [name]));
  const codes = answers.map(({ error }, i) => [names[i], error?.code]);
  assertEquals(codes, names.map((name) => [name, -32601]));
}

class Base {
  inherited() {
    return "inherited";
  }
}

class Plain extends Base {
  #count = 0;
  field = () => "field";
  text = "no method";
  method() {
    return ++this.#count;
  }
  static shared() {}
  get accessor() {
    throw new Error("A getter was run");
  }
}

class Target extends EventTarget {
  method() {
    return this instanceof Target;
  }
}

class Emitter extends EventEmitter {
  method() {
    return this instanceof Emitter;
  }
}

Deno.test("createIface() may return an instance of a class", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => new Plain());
  await using daemon = await join(box, "method", "field", "inherited");
  await daemon.rpc.method();
  assertEquals(await daemon.rpc.method(), 2);
  assertEquals(await daemon.rpc.field(), "field");
  assertEquals(await daemon.rpc.inherited(), "inherited");
  await assertNoMethods(box, ["text", "shared", "accessor", "#count"]);
});

const INHERITED = [
  "toString",
  "toLocaleString",
  "valueOf",
  "constructor",
  "hasOwnProperty",
  "isPrototypeOf",
  "__proto__",
  "__defineGetter__",
  "then",
];

const IFACES: Record<string, [CreateIface, string[]]> = {
  "an object": [() => ({ method: () => true }), []],
  "an object without a prototype": [
    () => Object.assign(Object.create(null), { method: () => true }),
    [],
  ],
  "an EventTarget": [
    () => new Target(),
    ["addEventListener", "removeEventListener", "dispatchEvent"],
  ],
  "an EventEmitter": [
    () => new Emitter(),
    ["emit", "on", "once", "removeAllListeners", "eventNames", "listeners"],
  ],
  "a Map": [
    () => Object.assign(new Map(), { method: () => true }),
    ["get", "set", "clear"],
  ],
};

for (const [name, [createIface, more]] of Object.entries(IFACES)) {
  Deno.test(`createIface() serves ${name} without what it inherits`, async () => {
    await using box = new Sandbox();
    await using _server = await serve(box, createIface);
    await using daemon = await join(box, "method");
    assertEquals(await daemon.rpc.method(), true);
    await assertNoMethods(box, [...INHERITED, ...more]);
  });
}

Deno.test("createIface() may override what its class inherits", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ toString: () => "mine" }));
  await using daemon = await join(box, "toString");
  assertEquals(await daemon.rpc.toString(), "mine");
});

Deno.test("createIface() may hide what its class inherits", async () => {
  await using box = new Sandbox();
  class Hiding extends Base {
    override inherited = undefined as never;
  }
  await using _server = await serve(box, () => new Hiding());
  await assertNoMethods(box, ["inherited"]);
});

Deno.test("createIface() may be async", async () => {
  await using box = new Sandbox();
  await using _server = await serve(
    box,
    () => Promise.resolve({ one: () => Promise.resolve(1) }),
  );
  await using daemon = await join(box, "one");
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("createIface() is called once for each client", async () => {
  await using box = new Sandbox();
  let made = 0;
  await using _server = await serve(box, () => {
    const number = ++made;
    return { number: () => number };
  });
  await using first = await join(box, "number");
  await using second = await join(box, "number");
  const numbers = [];
  for (const daemon of [first, second, first]) {
    numbers.push(await daemon.rpc.number());
  }
  assertEquals(numbers, [1, 2, 1]);
});

Deno.test("createIface() is asked again by the next client when it failed", async () => {
  await using box = new Sandbox();
  let fails = true;
  await using _server = await serve(box, () => {
    if (!fails) return { one: () => 1 };
    fails = false;
    throw new TypeError("No luck");
  });
  const error = await assertRejects(
    () => join(box, "one"),
    AutodError,
    "TypeError: No luck",
  );
  assertEquals(error.code, "iface-failed");
  await using daemon = await join(box, "one");
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("createIface() that fails ends the session, as autod() hangs up", async () => {
  await using box = new Sandbox();
  let closed: Promise<void> | undefined;
  await using _server = await serve(box, (_server, session) => {
    closed = session.closed;
    throw new TypeError("No luck");
  });
  await assertRejects(() => join(box), AutodError, "TypeError: No luck");
  await inTime(closed!, "the end of the session");
});

for (const name of ["$/mine", "$/hello", "rpc.mine", "rpc.discover"]) {
  Deno.test(`createIface() cannot define the reserved ${name}`, async () => {
    await using box = new Sandbox();
    await using _server = await serve(
      box,
      () => ({ [name]: () => 1, ok: () => 2 }),
    );
    const error = await assertRejects(() => join(box, "ok"), AutodError, name);
    assertEquals(error.code, "iface-failed");
  });
}

for (const wrong of [undefined, null, 5, () => 1]) {
  Deno.test(`createIface() cannot return ${Deno.inspect(wrong)}`, async () => {
    await using box = new Sandbox();
    await using _server = await serve(box, () => wrong as unknown as object);
    const error = await assertRejects(
      () => join(box),
      AutodError,
      "should be an object of methods",
    );
    assertEquals(error.code, "iface-failed");
  });
}

Deno.test("callback() makes a method of auto-daemon callable", async () => {
  await using box = new Sandbox();
  let n = 0;
  await using _server = await serve(box, () => ({
    add: callback<[m: number], number>((m, cb) => cb(n += m)),
    fail: callback<[], never>((cb) => cb(new RangeError("Too far"))),
  }));
  await using daemon = await join(box, "add", "fail");
  assertEquals(await daemon.rpc.add(2), 2);
  const error = await assertRejects(
    () => daemon.rpc.fail(),
    RpcError,
    "Too far",
  );
  assertEquals(error.remoteName, "RangeError");
});

Deno.test("A session ends whose iface is never disposed of, and onError hears of it", async () => {
  await using box = new Sandbox();
  const errors: string[] = [];
  let ended: Promise<void> | undefined;
  await using server = await serve(
    box,
    (_server, stream) => {
      ended = stream.closed;
      return { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) };
    },
    {
      drainTimeout: 1,
      onError: (error, what) => errors.push(`${what}: ${error}`),
    },
  );
  const daemon = await join(box);
  daemon.connection.close();
  await inTime(ended!, "the end of the session");
  assertEquals(errors, [
    "the disposal of an iface: Error: It has not ended within 1 ms",
  ]);
  assertEquals(server.refcount, 0);
});

Deno.test("An iface with a method of the name then is refused at once", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ when() {}, then() {} }));
  const error = await assertRejects(() => join(box), AutodError);
  assertEquals(error.code, "iface-failed");
  assertStringIncludes(error.message, 'Cannot serve a method "then"');
});

Deno.test("A session tells onError once of notifications that are refused", async () => {
  await using box = new Sandbox();
  const errors: unknown[][] = [];
  await using _server = await serve(box, () => ({ add: () => 1 }), {
    onError: (error, what) => errors.push([(error as Error).stack, what]),
  });
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  const names = ["none", "none", "no", "none"];
  for (const name of names) await peer.ask([undefined, name]);
  await peer.ask([1, "add"]);
  assertEquals((await peer.next()).result, 1);
  assertEquals(errors, [
    ['The daemon has no method "none"', 'the method "none"'],
    ['The daemon has no method "no"', 'the method "no"'],
  ]);
});
