// Apart from the options themselves: a daemon's were checked by its starter.
import { LIMITS } from "./limits.ts";
import { checkTypes, EXPECTED, type Expected } from "./check_options.ts";

const { autoclose, exit, pidfile, drainTimeout, version, sockfile } = EXPECTED;
const { onProcess: aFunction } = EXPECTED;

const OF_SERVER: Expected = {
  args: ["an array", Array.isArray],
  autoclose,
  exit,
  pidfile,
  drainTimeout,
  version,
  onError: aFunction,
  ...Object.fromEntries(LIMITS.map((name) => [name, EXPECTED[name]])),
};

/**
 * Checks the options of `createServer`.
 *
 * @throws {TypeError} If one is unknown or of the wrong type.
 */
export function checkServerTypes(options: object): void {
  checkTypes("createServer", options, OF_SERVER, []);
}

/**
 * Checks the options of `listen`.
 *
 * @throws {TypeError} If one is missing, unknown or of the wrong type.
 */
export function checkListenTypes(options: object): void {
  checkTypes("listen", options, { sockfile, ...OF_SERVER }, ["sockfile"]);
}
