import { assertEquals, assertStrictEquals } from "@std/assert";
import { Call } from "./call.ts";

Deno.test("Call.signal aborts with the reason of abort()", () => {
  const call = new Call(1);
  const { signal } = call;
  assertEquals([call.aborted, signal.aborted], [false, false]);
  const reason = new Error("enough");
  call.abort(reason);
  assertEquals([call.aborted, signal.aborted], [true, true]);
  assertStrictEquals(signal.reason, reason);
});

Deno.test("Call.signal is aborted where it is asked for too late", () => {
  const call = new Call(undefined);
  call.abort("first");
  call.abort("second");
  assertEquals([call.signal.aborted, call.signal.reason], [true, "first"]);
});

Deno.test("Call.signal is one signal", () => {
  const call = new Call("");
  assertStrictEquals(call.signal, call.signal);
});
