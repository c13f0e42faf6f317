import type { Duplex } from "../wire/duplex.ts";

/** An end of a connection, and how many bytes each write to it had. */
export function recordWrites(
  duplex: Duplex,
): { duplex: Duplex; writes: number[] } {
  const writes: number[] = [];
  return {
    writes,
    duplex: {
      read: (buffer) => duplex.read(buffer),
      write(bytes) {
        writes.push(bytes.length);
        return duplex.write(bytes);
      },
      closeWrite: () => duplex.closeWrite(),
      close: () => duplex.close(),
    },
  };
}
