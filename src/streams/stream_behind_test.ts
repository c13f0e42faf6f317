import { assertEquals, assertRejects } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams } from "../testing/stream_daemon.ts";

for (const mode of ["daemon", "inline"] as const) {
  Deno.test(`RpcStream.writable's abort() comes behind the chunks before it, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["save:s"],
      `save: () => {
      let count = 0;
      return new WritableStream({
        write: () => void count++,
        abort: (reason) => tell(count, reason),
      });
    }`,
      { mode },
    );
    for (let round = 0; round < 10; round++) {
      const stream = daemon.rpc.save();
      const writer = stream.writable.getWriter();
      writer.closed.catch(() => {});
      for (let n = 0; n < 200; n++) await writer.write("a".repeat(1000));
      await writer.abort("enough");
      assertEquals(await inTime(daemon.rpc.told(), "abort"), [200, "enough"]);
      await inTime(stream.closed, "the end of the stream");
    }
  });

  Deno.test(`RpcStream.writable's chunk that cannot be sent comes behind those before it, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["save:s"],
      `save: () => {
      let count = 0;
      return new WritableStream({
        async write() {
          await new Promise((taken) => setTimeout(taken, 500));
          count++;
        },
        abort: (reason) => tell(count, reason.name),
      });
    }`,
      { mode },
    );
    const stream = daemon.rpc.save();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    for (let n = 0; n < 5; n++) await writer.write("a");
    await assertRejects(() => writer.write(1n), TypeError, "Cannot send");
    assertEquals(await inTime(daemon.rpc.told(), "abort"), [5, "TypeError"]);
    await inTime(stream.closed, "the end of the stream");
  });
}
