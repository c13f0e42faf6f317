import type { CreateIface } from "./create_iface.ts";

/**
 * Makes sure that the default export of an rpcfile is what makes its iface.
 *
 * @throws {TypeError} If it is not.
 */
export function checkFactory(value: unknown): asserts value is CreateIface {
  if (typeof value === "function") return;
  throw new TypeError(
    `Its default export is ${
      value === undefined ? "missing" : `of the type ${typeof value}`
    }, and should be the function that makes the iface`,
  );
}
