import { AUTOD } from "./bench.ts";
import { bestPeer, type Goal, isFloor } from "./goal.ts";
import { ratio } from "./measure.ts";
import { PARTS } from "./parts.ts";
import type { Results, Work } from "./results.ts";
import { label, line, type Node, picture, tag } from "./svg.ts";

const WIDTH = 760;
const ROW = 22;
const TOP = 62;
const LEFT = 330;
const RIGHT = 30;
const MIN = 0.5;
const MAX = 8;
const TICKS = [0.5, 1, 2, 4, 8];

/** How many times better this library does than auto-daemon and than the best other peer, as SVG. */
export function plotText({ parts }: Results): string {
  const rows = PARTS.flatMap(({ name, goals }) =>
    (parts[name]?.works ?? [])
      .filter((work) => goals.some((goal) => isOfPeer(goal, work)))
      .map((work) => ({ text: `${name}: ${work.name}`, work }))
  );
  const bottom = TOP + rows.length * ROW;
  return picture(WIDTH, bottom + 16, "autod against its peers", [
    label(16, 22, "How many times better autod does", "title"),
    tag("circle", { cx: LEFT + 4, cy: 18, r: 5, class: "one" }),
    label(LEFT + 14, 22, "than auto-daemon", "soft"),
    diamond(LEFT + 144, 18),
    label(LEFT + 154, 22, "than the best peer of all", "soft"),
    ...TICKS.flatMap((tick) => [
      line(
        [place(tick), TOP - 10],
        [place(tick), bottom],
        tick === 1 ? "axis" : "grid",
      ),
      label(place(tick), TOP - 14, `${tick} ×`, "middle soft small"),
    ]),
    ...rows.flatMap(({ text, work }, i) =>
      row(text, work, TOP + (i + 0.5) * ROW)
    ),
  ]);
}

function isOfPeer({ work, per }: Goal, { name, samples }: Work): boolean {
  return work === name && per !== undefined && !isFloor(per) &&
    samples["auto-daemon"] !== undefined;
}

function row(text: string, work: Work, y: number): Node[] {
  const best = bestPeer(work);
  const nodes = [label(LEFT - 12, y + 4, text, "end")];
  if (best !== undefined && best !== "auto-daemon") {
    nodes.push(diamond(place(advantage(work, best)), y));
  }
  const cx = place(advantage(work, "auto-daemon"));
  return [...nodes, tag("circle", { cx, cy: y, r: 5, class: "one" })];
}

function advantage({ samples, better }: Work, peer: string): number {
  return better === "more"
    ? ratio(samples, AUTOD, peer)
    : ratio(samples, peer, AUTOD);
}

function diamond(x: number, y: number): Node {
  const points = `${x - 6},${y} ${x},${y - 6} ${x + 6},${y} ${x},${y + 6}`;
  return tag("polygon", { points, class: "two" });
}

/** Where a factor is, on a logarithmic scale that ends at both ends. */
function place(factor: number): number {
  const inside = Math.min(MAX, Math.max(MIN, factor));
  const part = Math.log(inside / MIN) / Math.log(MAX / MIN);
  return Math.round(LEFT + part * (WIDTH - LEFT - RIGHT));
}
