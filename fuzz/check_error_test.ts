import { assertEquals } from "@std/assert";
import * as bundled from "../mod.ts";
import * as unbundled from "../src/errors.ts";
import { checkError } from "./check_error.ts";

for (const [from, { RpcError }] of Object.entries({ bundled, unbundled })) {
  Deno.test(`checkError() looks at an RpcError and its causes, of ${from}`, () => {
    const data = JSON.parse('{"__proto__": 1}');
    const spoiled = new RpcError("-32000" as unknown as number, "no", { data });
    const error = new Error("it failed", { cause: spoiled });
    assertEquals(checkError(error, true), [
      "a code is no number",
      "the data holds what would change what copies it",
    ]);
    assertEquals(checkError(new RpcError(-32000, "no"), true), []);
  });
}
