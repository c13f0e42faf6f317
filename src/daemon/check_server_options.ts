// Apart from the options themselves: a daemon's were checked by its starter.
import { LIMITS } from "../limits.ts";
import {
  checkTypes,
  EXPECTED,
  type Expected,
} from "../command/check_options.ts";

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
 * Checks what `createServer` is given.
 *
 * @throws {TypeError} If `createIface` is no function, or an option is unknown or of the wrong type.
 */
export function checkServerTypes(createIface: unknown, options: object): void {
  checkFunction(createIface);
  checkTypes("createServer", options, OF_SERVER, []);
}

/**
 * Checks what `listen` is given.
 *
 * @throws {TypeError} If `createIface` is no function, or an option is missing, unknown or of the wrong type.
 */
export function checkListenTypes(createIface: unknown, options: object): void {
  checkFunction(createIface);
  checkTypes("listen", options, { sockfile, ...OF_SERVER }, ["sockfile"]);
}

function checkFunction(createIface: unknown): void {
  if (typeof createIface === "function") return;
  throw new TypeError(
    `Cannot create a server: createIface should be a function, and is ${
      Deno.inspect(createIface)
    }`,
  );
}
