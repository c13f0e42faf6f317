import { assert, assertEquals } from "@std/assert";
import { atRest } from "../testing/at_rest.ts";
import type { PlainPeer } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";

/** Asks so often, or until the server takes no more; reads no answer. */
async function flood(peer: PlainPeer, requests: number): Promise<void> {
  const asking = async () => {
    for (let id = 0; id < requests; id++) await peer.ask([id, "m"]);
  };
  asking().catch(() => {}); // the end of the server ends it, too
  await atRest();
}

Deno.test("WireServer stops reading from a client that reads no answers", async () => {
  const requests = 2000;
  let handled = 0;
  const { peer } = serve(() => {
    handled++;
    return "x".repeat(16 * 1024);
  }, { capacity: 4096 });
  await flood(peer, requests);
  // A mebibyte may be queued, and what one read brings comes on top.
  assert(handled > 1 && handled < 400, `${handled} requests were handled`);
});

Deno.test("WireServer stops between the messages of one read", async () => {
  let handled = 0;
  const { peer } = serve(() => {
    handled++;
    return "x".repeat(512 * 1024);
  });
  const ids = Array.from({ length: 500 }, (_, id) => id);
  await peer.ask(...ids.map((id): [number, string] => [id, "m"]));
  await atRest();
  assert(handled > 1 && handled < 10, `${handled} requests were handled`);
});

Deno.test("WireServer goes on when the client reads its answers at last", async () => {
  const requests = 500;
  const { peer, ended } = serve(({ id }) => `${id}`.padEnd(16 * 1024), {
    capacity: 4096,
  });
  const flooded = (async () => {
    for (let id = 0; id < requests; id++) await peer.ask([id, "m"]);
    await peer.closeWrite();
  })();
  await atRest();
  for (let id = 0; id < requests; id++) {
    assertEquals((await peer.next()).id, id);
  }
  await flooded;
  await peer.assertEnd();
  assertEquals(await ended, undefined);
});

Deno.test("WireServer.destroy() ends a server whose client reads no answers", async () => {
  const { peer, server, ended } = serve(() => "x".repeat(65536), {
    capacity: 4096,
  });
  await flood(peer, 500);
  const reason = new Error("enough");
  server.destroy(reason);
  assertEquals(await ended, reason);
});

Deno.test("WireServer ends when a client leaves without having read its answers", async () => {
  const { peer, ended } = serve(() => "x".repeat(65536), { capacity: 4096 });
  await flood(peer, 500);
  peer.close();
  assertEquals(await ended, undefined);
});

Deno.test("WireServer.isBehind tells of a client that reads nothing, until it does", async () => {
  const { peer, server } = serve(() => "answer", { capacity: 4096 });
  const text = "x".repeat(65536);
  let sent = 0;
  for (; !server.isBehind; sent++) server.notify("$/log", { text });
  assert(sent > 1 && sent < 40, `${sent} notifications are queued`);
  server.notify("$/closing", {}); // what the client has to know is sent all the same
  for (let n = 0; n < sent; n++) {
    assertEquals((await peer.next()).method, "$/log");
  }
  assertEquals((await peer.next()).method, "$/closing");
  assertEquals(server.isBehind, false);
});

Deno.test("WireServer answers the first messages of a read before it serves the last", async () => {
  const requests = 500;
  let got = 0;
  let gotBefore = 0;
  const { peer } = serve(({ id }) => {
    if (id === requests - 1) gotBefore = got;
    return id;
  });
  const ids = Array.from({ length: requests }, (_, id) => id);
  await peer.ask(...ids.map((id): [number, string] => [id, "m"]));
  for (; got < requests; got++) assertEquals((await peer.next()).id, got);
  assert(gotBefore > 1, `${gotBefore} answers came before`);
});
