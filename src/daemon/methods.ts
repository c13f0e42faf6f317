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

/** A method of an iface, bound to it. */
export type Method = (...args: unknown[]) => unknown;

/**
 * The methods that clients may call: an iface's own functions and the public
 * methods of its class. What it inherits from a class of the platform
 * (`Object`, `EventTarget`, `Map`, node's `EventEmitter`, …) stays private, and
 * no getter is run.
 *
 * @throws {TypeError} If `iface` is no object, or defines a reserved name.
 */
export function exposedMethods(iface: unknown): Map<string, Method> {
  if (typeof iface !== "object" || iface === null) {
    throw new TypeError(
      `Cannot serve what the factory returned: it is ${
        iface === null ? "null" : typeof iface
      }, and should be an object of methods`,
    );
  }
  const methods = new Map<string, Method>();
  const seen = new Set(["constructor"]);
  let holder: object | null = iface;
  while (holder !== null && !isOfThePlatform(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      // What a class inherits is hidden by a member of its own, of any kind.
      if (seen.has(name)) continue;
      seen.add(name);
      const value = Object.getOwnPropertyDescriptor(holder, name)?.value;
      if (typeof value !== "function") continue;
      if (isReserved(name)) {
        throw new TypeError(
          `Cannot serve the method "${name}": names that begin with "$/" or "rpc." belong to the protocol`,
        );
      }
      methods.set(name, value.bind(iface));
    }
    holder = Object.getPrototypeOf(holder);
  }
  return methods;
}

/** Whether a method's name belongs to the protocol. */
export function isReserved(name: string): boolean {
  return name.startsWith("$/") || name.startsWith("rpc.");
}

function isOfThePlatform(prototype: object): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, "constructor");
  const constructor: unknown = descriptor?.value;
  if (typeof constructor !== "function") return false;
  if (constructor.prototype !== prototype) return false;
  // node's EventEmitter is no global, and importing it to compare costs too much.
  if (constructor.name === "EventEmitter" && "setMaxListeners" in prototype) {
    return true;
  }
  const globals = globalThis as unknown as Record<string, unknown>;
  return globals[constructor.name] === constructor;
}
