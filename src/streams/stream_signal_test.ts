import { assertEquals } from "@std/assert";
import { withSignal } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams } from "../testing/stream_daemon.ts";

const METHODS: Record<string, string> = {
  "a TransformStream": "new TransformStream()",
  "a pair":
    "{ readable: ReadableStream.from([1, 2]), writable: new WritableStream() }",
};
for (const mode of ["daemon", "inline"] as const) {
  for (const [what, result] of Object.entries(METHODS)) {
    Deno.test(`Session.callSignal of a method that returns ${what} aborts when the client gives it up, mode ${mode}`, async () => {
      await using box = new Sandbox();
      await using daemon = await startStreams(
        box,
        ["both:s"],
        `both: () => {
          const signal = stream.callSignal;
          signal.addEventListener("abort", () => tell("aborted", signal.reason));
          return ${result};
        }`,
        { mode },
      );
      for (let round = 0; round < 10; round++) {
        const controller = new AbortController();
        const stream = withSignal(daemon.rpc, controller.signal).both();
        const writer = stream.writable.getWriter();
        writer.closed.catch(() => {});
        writer.write(1).catch(() => {});
        const reader = stream.readable.getReader();
        reader.closed.catch(() => {});
        await reader.read();
        controller.abort("enough");
        const told = await inTime(daemon.rpc.told(), "the signal");
        assertEquals(told, ["aborted", "enough"]);
        await inTime(stream.closed, "the end of the stream");
      }
    });
  }
}
