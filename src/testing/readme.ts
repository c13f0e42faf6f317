import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { lstatIfThere } from "../files/if_there.ts";
import {
  type Output,
  Running,
  type RunOptions,
  runProgram,
} from "./command.ts";
import type { Sandbox } from "./sandbox.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The text of the README. */
export const README = Deno.readTextFileSync(`${ROOT}README.md`);

/** The code block of `language` that follows `mark` in a document. */
export function block(
  mark: string,
  language: string,
  document = "README.md",
): string {
  const text = Deno.readTextFileSync(ROOT + document);
  const at = text.indexOf(mark);
  const start = text.indexOf("```" + language, at);
  assert(at > 0 && start > 0, `${document} has no ${language} after ${mark}`);
  const from = text.indexOf("\n", start) + 1;
  return text.slice(from, text.indexOf("```", from));
}

/** The commands of the transcript that follows `mark` in a document, each with what it prints. */
export function transcript(
  mark: string,
  document?: string,
): { readonly command: string; readonly output: string }[] {
  const steps = block(mark, "console", document).split(/^\$ /m).slice(1);
  return steps.map((step) => {
    const end = step.indexOf("\n");
    return { command: step.slice(0, end), output: step.slice(end + 1) };
  });
}

/** Runs a shell script in the checkout, where `npx` and `deno` are this Deno. */
export function sh(box: Sandbox, script: string): Promise<Output> {
  return runProgram("/bin/sh", ["-c", script], optionsIn(box));
}

function optionsIn(box: Sandbox): RunOptions {
  return {
    cwd: ROOT,
    env: {
      PATH: `${programsIn(box)}:${Deno.env.get("PATH")}`,
      TMPDIR: box.dir,
      XDG_RUNTIME_DIR: box.dir,
    },
  };
}

/** Where `npx` and `deno` are this Deno. */
function programsIn(box: Sandbox): string {
  const bin = box.path("bin");
  // Written once, as another script may be running it.
  if (lstatIfThere(bin) === undefined) {
    box.write("bin/npx", '#!/bin/sh\nshift 2\nexec deno "$@"\n');
    Deno.chmodSync(`${bin}/npx`, 0o755);
    Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
  }
  return bin;
}

/** A shell script as {@linkcode sh} runs it, that goes on until it is killed: in a group of its own, as in a terminal. */
export class RunningScript extends Running {
  /** Starts the script. */
  constructor(box: Sandbox, script: string) {
    super("/bin/sh", ["-c", script], { ...optionsIn(box), detached: true });
    this.closeStdin();
  }
}
