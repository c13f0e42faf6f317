import { checkDuration, checkLimits, LIMITS } from "../limits.ts";
import { EXPECTED } from "../command/check_options.ts";
import { checkTypes, type Expected } from "../command/check_types.ts";
import type { CloseOptions } from "./create_iface.ts";
import type { ServerOptions } from "./create_server.ts";

/** Options that are as those of `autod`. */
function ofAutod(names: readonly string[]): Expected {
  return Object.fromEntries(names.map((name) => [name, EXPECTED[name]]));
}

const OF_SERVER: Expected = {
  args: ["an array", Array.isArray],
  ...ofAutod(["autoclose", "exit", "pidfile", "drainTimeout", "version"]),
  onError: EXPECTED.onProcess,
  ...ofAutod(LIMITS),
};

/**
 * Checks how a server is to be closed.
 *
 * @throws {TypeError} If an option is unknown or of the wrong type.
 * @throws {RangeError} If the duration is out of range.
 */
export function checkClose(options: CloseOptions): void {
  checkTypes("close", options, ofAutod(["drainTimeout"]), []);
  checkDuration("drainTimeout", options.drainTimeout, 0);
}

/**
 * Checks what the function `taker` is given, which makes a server: its options
 * are those of any server, and the `required` ones of `autod`.
 *
 * @throws {TypeError} If `createIface` is no function, or an option is missing, unknown or of the wrong type.
 * @throws {RangeError} If a duration or a limit is out of range.
 */
export function checkServer(
  taker: string,
  createIface: unknown,
  options: ServerOptions,
  required: readonly string[] = [],
): void {
  if (typeof createIface !== "function") {
    throw new TypeError(
      `Cannot create a server: createIface should be a function, and is ${
        Deno.inspect(createIface)
      }`,
    );
  }
  const expected = { ...ofAutod(required), ...OF_SERVER };
  checkTypes(taker, options, expected, required);
  checkDuration("autoclose", options.autoclose);
  checkDuration("drainTimeout", options.drainTimeout);
  checkLimits(options);
}
