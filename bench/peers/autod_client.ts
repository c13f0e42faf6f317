// autod_client.ts SOCK down|byob|up|objects SIZE TOTAL: prints the seconds that it took.
import { autod } from "@autod/autod";
import { bytes } from "./autod_iface.ts";

const [sockfile, work, size, total] = Deno.args;
await using daemon = await autod<typeof import("./autod_iface.ts")>({
  rpcfile: import.meta.resolve("./autod_iface.ts"),
  sockfile,
  methods: ["down:s", "up:s", "objects:s"],
});
const { rpc } = daemon;
const start = performance.now();
let got = 0;
if (work === "down") {
  for await (const chunk of rpc.down(+size, +total)) got += chunk.length;
} else if (work === "byob") {
  const reader = rpc.down(+size, +total).bytes.getReader({ mode: "byob" });
  let memory = new Uint8Array(256 * 1024);
  for (;;) {
    const { done, value } = await reader.read(memory);
    if (done) break;
    got += value.length;
    memory = new Uint8Array(value.buffer);
  }
} else if (work === "up") {
  await bytes(+size, +total).pipeTo(rpc.up().writable);
  got = +total;
} else {
  for await (const { i } of rpc.objects(+total)) if (i === got) got++;
}
const seconds = (performance.now() - start) / 1000;
if (got !== +total) throw new Error(`got ${got} of ${total}`);
console.log(seconds);
