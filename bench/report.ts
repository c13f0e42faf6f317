import { AUTOD } from "./bench.ts";
import { formatCount, formatFigure } from "./figures.ts";
import { isFloor, judge, type Verdict } from "./goal.ts";
import { judgeGrowth } from "./growth_verdict.ts";
import { median, ratio } from "./measure.ts";
import { PARTS } from "./parts.ts";
import type { PartResult, Results, Series, Work } from "./results.ts";

/** What was measured, as Markdown. */
export function reportText({ machine, parts }: Results): string {
  const { cores, system, deno, node, node24, spawn } = machine;
  const nodes = node24 === null ? node : `${node} and ${node24}`;
  const sections = PARTS.flatMap(({ name, about }) =>
    parts[name] === undefined ? [] : [sectionText(name, about, parts[name])]
  );
  return [
    `${cores} cores, ${system}, Deno ${deno}, node ${nodes}. To start and await \`true\` takes ${
      formatFigure(spawn)
    } ms, which is in every figure of a whole command.`,
    ...sections,
    goalsText(parts),
  ].filter((text) => text !== "").join("\n\n");
}

function sectionText(name: string, about: string, part: PartResult): string {
  const rounds = part.rounds === 1 ? "1 round" : `${part.rounds} rounds`;
  const tables = part.works.length > 0 ? [worksTable(part.works)] : [];
  if (part.series.length > 0) tables.push(growthTable(part.series));
  return [
    `### ${name}`,
    `${upperFirst(about)}. ${rounds}, ${part.at.slice(0, 10)}, load ${
      part.load.toFixed(1)
    } at the start.`,
    ...tables,
  ].join("\n\n");
}

function worksTable(works: readonly Work[]): string {
  const names = contendersOf(works);
  const labels = works.map(({ name, unit }) =>
    unit === "processes" ? name : `${name}, ${unit}`
  );
  // The longer side goes down the page.
  if (names.length < works.length) {
    const rows = works.map((work, i) => [
      labels[i],
      ...names.map((name) => cellText(work, name)),
    ]);
    return table(["", ...names], rows);
  }
  const rows = names.map((name) => [
    name,
    ...works.map((work) => cellText(work, name)),
  ]);
  return table(["", ...labels], rows);
}

/** This library, the floors, the peers. */
function contendersOf(works: readonly Work[]): string[] {
  const names = works.flatMap(({ samples }) => Object.keys(samples));
  const place = (name: string) => name === AUTOD ? 0 : isFloor(name) ? 1 : 2;
  return [...new Set(names)].toSorted((a, b) => place(a) - place(b));
}

function cellText({ samples, unit }: Work, name: string): string {
  if (samples[name] === undefined) return "";
  const figure = formatFigure(median(samples[name]), unit);
  if (name === AUTOD || unit === "processes") return figure;
  const times = ratio(samples, AUTOD, name);
  return Number.isFinite(times) ? `${figure} (${formatFigure(times)})` : figure;
}

function growthTable(series: readonly Series[]): string {
  return table(
    ["", "figures", "", ""],
    series.map((one) => {
      const { factor, reached } = judgeGrowth(one);
      const figures = one.points.map(([x, y]) =>
        `${formatCount(x)}: ${formatFigure(y)}`
      );
      return [
        `${one.name}, ${one.unit} by ${one.grows}`,
        figures.join("; "),
        one.may === "stay"
          ? `last ÷ first: ${formatFigure(factor)}`
          : `steepest power: ${formatFigure(factor)}`,
        reached ? "reached" : "**missed**",
      ];
    }),
  );
}

function goalsText(parts: Results["parts"]): string {
  const rows = PARTS.flatMap(({ name, goals }) =>
    goals.flatMap((goal) => {
      const verdict = judge(goal, parts[name]?.works ?? []);
      return verdict === undefined ? [] : [goalRow(name, verdict)];
    })
  );
  if (rows.length === 0) return "";
  const header = ["part", "work", "goal", "measured", ""];
  return `### Goals\n\n${table(header, rows)}`;
}

function goalRow(part: string, { goal, figure, reached, per }: Verdict) {
  const sign = goal.is === "at most" ? "≤" : "≥";
  const of = goal.per ?? goal.perWork;
  const unit = of === undefined ? "" : ` × ${of}`;
  const named = per === goal.per ? "" : ` (${per})`;
  return [
    part,
    goal.work,
    `${sign} ${goal.limit}${unit}${goal.aim ? `, aim ${goal.aim}` : ""}`,
    `${formatFigure(figure)}${named}`,
    `${reached ? "reached" : "**missed**"}${distance(figure, goal.limit)}`,
  ];
}

/** By how much a goal is beaten, or missed. */
function distance(figure: number, limit: number): string {
  if (figure === limit) return "";
  if (limit === 0) return ` by ${formatFigure(figure)}`;
  return ` by ${Math.round(Math.abs(figure - limit) / limit * 100)} %`;
}

function table(header: readonly string[], rows: readonly string[][]): string {
  const lines = [header, header.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function upperFirst(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
