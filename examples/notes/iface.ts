// The daemon's side: one database, open as long as the daemon lives.
import type { CreateIface } from "@autod/autod/server";
import { Notes } from "./notes.ts";

let notes: Notes | undefined;

export default ((_server, _stream, [file]) => {
  if (typeof file !== "string") throw new TypeError("args[0] is the database");
  return notes ??= new Notes(file);
}) satisfies CreateIface;
