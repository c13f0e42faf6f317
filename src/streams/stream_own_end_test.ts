// Streams that their own command has ended, together with its connection.
import { assertEquals, assertRejects } from "@std/assert";
import { autod, ConnectionClosedError } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { LIBRARY } from "../testing/command.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams, streamsIn } from "../testing/stream_daemon.ts";

const IFACE = `
  both: () => new TransformStream(),
  save: () => new WritableStream(),
  async *endless() { for (;;) yield await new Promise((next) => setImmediate(next)); },
  slow: () => new WritableStream({
    start: ({ signal }) =>
      signal.addEventListener("abort", () => tell(plain(signal.reason))),
    write: () => new Promise(() => {}),
  })`;

for (const mode of ["daemon", "inline"] as const) {
  for (const method of ["both", "save"] as const) {
    Deno.test(`RpcStream.writable of "${method}" takes no chunk of a pipe whose connection is closed, mode ${mode}`, async () => {
      await using box = new Sandbox();
      const methods = ["both:s", "save:s"] as const;
      await using daemon = await startStreams(box, methods, IFACE, { mode });
      let taken = 0;
      const piping = ReadableStream.from((async function* () {
        yield "first";
        daemon.connection.close();
        for (; taken < 100; taken++) yield "lost";
      })()).pipeTo(daemon.rpc[method]().writable as WritableStream);
      await inTime(
        assertRejects(() => piping, ConnectionClosedError),
        "the end of the pipe",
      );
      assertEquals(taken < 5, true, `${taken} were taken`);
    });

    Deno.test(`RpcStream.writable of "${method}" is not closed well when its connection is closed, mode ${mode}`, async () => {
      await using box = new Sandbox();
      const methods = ["both:s", "save:s"] as const;
      await using daemon = await startStreams(box, methods, IFACE, { mode });
      const writer = daemon.rpc[method]().writable.getWriter();
      writer.closed.catch(() => {});
      await writer.write("first");
      daemon.connection.close();
      await inTime(
        assertRejects(() => writer.close(), ConnectionClosedError),
        "the end",
      );
    });
  }

  Deno.test(`A test may leave a loop behind, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using _other = await startStreams(box, ["endless:s"], IFACE, {
      mode,
    });
    const options = { ...streamsIn(box, ["endless:s"]), mode };
    const test = box.write(
      "left_test.js",
      `import { autod } from ${JSON.stringify(LIBRARY)};
      Deno.test({ name: "left", sanitizeOps: true, sanitizeResources: true, async fn() {
        await using daemon = await autod(${JSON.stringify(options)});
        await new Promise((begun) => {
          (async () => {
            for await (const _ of daemon.rpc.endless()) begun();
          })().catch(() => {});
        });
      }});`,
    );
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", "--no-config", test],
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
  });

  Deno.test(`A loop hears of close() where timers are faked, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["endless:s"], IFACE, {
      mode,
    });
    const iterator = daemon.rpc.endless()[Symbol.asyncIterator]();
    await iterator.next();
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    try {
      daemon.connection.close();
      await assertRejects(async () => {
        for (;;) await iterator.next();
      }, ConnectionClosedError);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });
}

Deno.test("RpcStream.writable's error reaches a slow sink whose command leaves at once", async () => {
  await using box = new Sandbox();
  const { onProcess, sockfile } = box;
  await using other = await startStreams(box, ["slow:s"], IFACE);
  {
    const rpcfile = box.path("iface.js");
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      methods: ["slow:s"],
    });
    await assertRejects(() =>
      ReadableStream.from((async function* () {
        yield* [1, 2, 3];
        throw new RangeError("Enough");
      })()).pipeTo(daemon.rpc.slow().writable as WritableStream), RangeError);
  }
  const [reason] = await inTime(other.rpc.told(), "the abort") as [
    { name: string; message: string },
  ];
  assertEquals([reason.name, reason.message], ["RangeError", "Enough"]);
});
