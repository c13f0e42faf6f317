// What all contenders send each other, so that all send the same.

/** A chunk of `size` bytes, whose pattern tells where in it one is. */
export function makeChunk(size) {
  return new Uint8Array(size).map((_, at) => at * 31);
}

/** Counts the bytes of a stream of such chunks, and looks at both ends of whatever comes. */
export class ByteCheck {
  got = 0;
  #size;

  constructor(size) {
    this.#size = size;
  }

  take(bytes) {
    const last = bytes.length - 1;
    this.#check(bytes[0], this.got);
    this.#check(bytes[last], this.got + last);
    this.got += bytes.length;
  }

  #check(byte, at) {
    if (byte === ((at % this.#size) * 31 & 255)) return;
    throw new Error(`Cannot measure: byte ${at} is wrong`);
  }
}

/** The `i`-th of a stream of objects. */
export function makeObject(i) {
  return { i, name: `item-${i}` };
}

/** Structured JSON that takes about `bytes` bytes. */
export function makeList(bytes) {
  const list = [];
  for (let size = 2, i = 0; size < bytes - 40; i++) {
    const item = { id: i, name: `item-${i}`, ok: i % 2 === 0, v: i * 1.5 };
    size += JSON.stringify(item).length + 1;
    list.push(item);
  }
  return list;
}

/** The same for few bytes: a string. */
export function makeText(bytes) {
  return "x".repeat(bytes - 2);
}
