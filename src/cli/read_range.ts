/** What a file has from one place to another, in bytes; less if it ends before. */
export function readRange(
  file: Deno.FsFile,
  from: number,
  to: number,
): Uint8Array {
  const bytes = new Uint8Array(to - from);
  file.seekSync(from, Deno.SeekMode.Start);
  let length = 0;
  // One read may bring less than there is.
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
