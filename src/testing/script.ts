import { Running } from "./command.ts";
import type { Sandbox } from "./sandbox.ts";

function urlOf(name: string): string {
  return JSON.stringify(import.meta.resolve(`../../${name}`));
}

/** What every script starts with; each name is there to be used. */
const PROLOGUE = `
import { autod, withSignal } from ${urlOf("mod.ts")};
import { createServer } from ${urlOf("server.ts")};
import { listen } from ${urlOf("listen.ts")};
`;

/** JavaScript that runs in a process of its own, with all permissions. */
export class Script extends Running {
  /** Runs `code`, a module with the functions of this library in scope. */
  constructor(box: Sandbox, code: string) {
    const file = box.write(`${crypto.randomUUID()}.js`, PROLOGUE + code);
    super(Deno.execPath(), ["run", "--allow-all", "--no-prompt", file]);
    this.closeStdin();
  }
}
