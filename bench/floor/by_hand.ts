// What the command of ../autod/cmd.ts does for its daemon that runs, written out
// for this one case: the floor of all that asks, looks and checks as much.
const IFACE = import.meta.resolve("../../examples/counter/iface.ts");

const directory = isGranted({ name: "env", variable: "XDG_RUNTIME_DIR" })
  ? `${Deno.env.get("XDG_RUNTIME_DIR")}/counter`
  : fail("may not read XDG_RUNTIME_DIR");
isGranted({ name: "read", path: directory }) || fail("may not read it");
const { isDirectory, uid, mode } = Deno.lstatSync(directory);
isDirectory || fail("is no directory");
isOwn(uid) && (mode! & 0o022) === 0 || fail("is not this user's alone");
for (const variable of ["AUTOD_MODE", "AUTOD_TIMING"]) {
  isGranted({ name: "env", variable }) && fail(`may read ${variable}`);
}

const encoder = new TextEncoder();
const path = `${directory}/counter.sock`;
encoder.encode(path).length <= 103 || fail("is too long");
for (const name of ["read", "write"] as const) {
  isGranted({ name, path }) || fail(`may not ${name} it`);
}
isGranted({ name: "net", host: `unix:${path}` }) || fail("may not connect");
using conn = await Deno.connect({ transport: "unix", path });
const socket = Deno.lstatSync(path);
socket.isSocket && isOwn(socket.uid) || fail("is not this user's socket");

const decoder = new TextDecoder();
const memory = new Uint8Array(1024);
// The daemon has so much time to answer the first request.
const cell = new Int32Array(new SharedArrayBuffer(4));
Atomics.waitAsync(cell, 0, 0, 5000);
const client = { pid: Deno.pid };
const { version, methods, startedAt } = await call(1, "$/hello", {
  protocol: 1,
  client,
});
Atomics.notify(cell, 0);
isGranted({ name: "read", path: IFACE.slice("file://".length) }) &&
  fail("may read the rpcfile");
version === IFACE && methods.includes("add") && Date.parse(startedAt) > 0 ||
  fail("is another daemon");
console.log(await call(2, "add", [Number(Deno.args[1])]));

// deno-lint-ignore no-explicit-any -- what a daemon answers
async function call(id: number, method: string, params: object): Promise<any> {
  const reading = conn.read(memory);
  const request = { jsonrpc: "2.0", id, method, params };
  await conn.write(encoder.encode(`${JSON.stringify(request)}\n`));
  const count = await reading ?? fail("has gone");
  return JSON.parse(decoder.decode(memory.subarray(0, count))).result;
}

function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function isOwn(uid: number | null): boolean {
  return isGranted({ name: "sys", kind: "uid" }) && uid === Deno.uid();
}

function fail(why: string): never {
  throw new Error(`Cannot use the socket by hand: it ${why}`);
}
