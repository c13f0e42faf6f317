import { join } from "@std/path";
import { format } from "./format.ts";
import { growthPlotText } from "./growth_plot.ts";
import { plotText } from "./plot.ts";
import { reportText } from "./report.ts";
import type { Results } from "./results.ts";

const HERE = import.meta.dirname!;
const BEGIN = "<!-- results, written by `deno task bench --from` -->";
const END = "<!-- end of the results -->";

/** Writes results into the README of the benchmark, and its plots. */
export async function render(results: Results): Promise<void> {
  const path = join(HERE, "README.md");
  const text = await Deno.readTextFile(path);
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(
      `Cannot write results into "${path}": it has no place for them`,
    );
  }
  const parts = [
    text.slice(0, begin) + BEGIN,
    await draw("plot.svg", "autod against its peers", plotText(results)),
    await draw("growth.svg", "how figures grow", growthPlotText(results)),
    reportText(results),
    text.slice(end),
  ];
  await Deno.writeTextFile(path, parts.join("\n\n"));
  await format(path);
}

/** Writes a picture, and resolves to what shows it. */
async function draw(name: string, alt: string, svg: string): Promise<string> {
  const path = join(HERE, name);
  await Deno.writeTextFile(path, svg);
  await format(path);
  return `![${alt}](${name})`;
}
