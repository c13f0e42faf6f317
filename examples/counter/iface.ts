// The daemon's side: called once for each command that connects.
import type { CreateIface } from "@autod/autod/server";

let n = 0;

export default ((server) => ({
  add: (m: number) => n += m,
  get: () => n,
  close: () => server.close(),
})) satisfies CreateIface;
