/** The objects that an attack on prototypes would change. */
const SHARED: Record<string, object> = {
  "Object.prototype": Object.prototype,
  "Array.prototype": Array.prototype,
  "Function.prototype": Function.prototype,
  "String.prototype": String.prototype,
  "Number.prototype": Number.prototype,
  "Boolean.prototype": Boolean.prototype,
  "Error.prototype": Error.prototype,
  "Promise.prototype": Promise.prototype,
  "Map.prototype": Map.prototype,
  "Set.prototype": Set.prototype,
  "Uint8Array.prototype": Uint8Array.prototype,
  "EventTarget.prototype": EventTarget.prototype,
  "ReadableStream.prototype": ReadableStream.prototype,
  "Object": Object,
  "JSON": JSON,
  "globalThis": globalThis,
};

/** What the fuzzer itself replaces, to let time stand still. */
const REPLACED = new Set<PropertyKey>(["setTimeout", "clearTimeout"]);

type Members = Map<PropertyKey, unknown>;

/** What shared objects are like now, to be compared later. */
export class Globals {
  readonly #before = new Map<string, Members>();

  constructor() {
    for (const [name, object] of Object.entries(SHARED)) {
      this.#before.set(name, membersOf(object));
    }
  }

  /** What has changed since then. */
  changes(): string[] {
    const changes: string[] = [];
    for (const [name, object] of Object.entries(SHARED)) {
      const before = this.#before.get(name)!;
      const now = membersOf(object);
      for (const key of new Set([...before.keys(), ...now.keys()])) {
        const isSame = before.has(key) && now.has(key) &&
          Object.is(before.get(key), now.get(key));
        if (isSame) continue;
        changes.push(`${name} has another ${String(key)}`);
      }
    }
    return changes;
  }
}

// Values are compared where they are no getters, and the getters themselves.
function membersOf(object: object): Members {
  const members: Members = new Map();
  for (const key of Reflect.ownKeys(object)) {
    if (REPLACED.has(key)) continue;
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key)!;
    members.set(key, descriptor.get ?? descriptor.value);
  }
  return members.set("its prototype", Object.getPrototypeOf(object));
}

/** Whether an object that was just made has anything that it should not. */
export function isPolluted(): boolean {
  for (const _ in {}) return true;
  return false;
}
