import type { Mark } from "./options.ts";
import { writeSafely } from "../write_safely.ts";

/** Starts to tell on stderr how long each stage of a command took. */
export function startMarks(): Mark {
  let last = performance.now();
  return (stage, milliseconds) => {
    const now = performance.now();
    const took = milliseconds ?? now - last;
    if (milliseconds === undefined) last = now; // else it is a part of the next
    writeSafely(Deno.stderr, `autod: ${stage} ${took.toFixed(1)} ms\n`);
  };
}
