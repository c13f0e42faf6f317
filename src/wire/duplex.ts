/**
 * What the wire needs of a connection: `Deno.Conn` is one, and so is each end
 * of the pair in memory that a daemon in the command's own process uses.
 */
export interface Duplex {
  /** Reads into `buffer`: how many bytes came, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`: how many were taken. Of no bytes, it fails if the peer has gone. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends what this side writes; the peer reads the end after what was written. */
  closeWrite(): Promise<void>;
  /** Ends both directions at once. */
  close(): void;
}
