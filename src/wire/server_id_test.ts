import { assertEquals } from "@std/assert";
import { serve } from "../testing/wire_pair.ts";
import type { Request } from "./request.ts";

const echo = ({ args }: Request) => args;

Deno.test("WireServer answers id 0", async () => {
  const { peer } = serve(echo);
  await peer.ask([0, "m"]);
  assertEquals(await peer.next(), { jsonrpc: "2.0", id: 0, result: [] });
});

Deno.test('WireServer answers id ""', async () => {
  const { peer } = serve(echo);
  await peer.ask(["", "m"]);
  assertEquals(await peer.next(), { jsonrpc: "2.0", id: "", result: [] });
});

Deno.test("WireServer echoes ids as they came", async () => {
  const { peer } = serve(echo);
  const ids = ["1", 1, -1, 1.5, "é\n", "null", 2 ** 53 - 1, 1 - 2 ** 53];
  for (const id of ids) {
    await peer.ask([id, "m"]);
    assertEquals((await peer.next()).id, id);
  }
});

Deno.test("WireServer answers an error with the id of its request", async () => {
  const { peer } = serve(() => {
    throw new Error("no");
  });
  for (const id of [0, "", "a"]) {
    await peer.ask([id, "m"]);
    assertEquals(await peer.nextError(), [id, -32000]);
  }
});

Deno.test("WireServer refuses ids beyond 2^53 without a call", async () => {
  const { peer } = serve(({ id }) => id === 1 ? "served" : Promise.reject(id));
  for (const id of ["9007199254740992", "-9007199254740992", "1e300"]) {
    await peer.write(`{"jsonrpc":"2.0","id":${id},"method":"m"}\n`);
    assertEquals(await peer.nextError(), [null, -32600]);
  }
  await peer.ask([1, "m"]);
  assertEquals((await peer.next()).result, "served");
});

Deno.test("WireServer refuses an id that is null, and no notification either", async () => {
  const { peer } = serve(() => "served");
  for (const id of [null, true, {}, []]) {
    await peer.ask([id, "m"]);
    assertEquals(await peer.nextError(), [null, -32600]);
  }
});
