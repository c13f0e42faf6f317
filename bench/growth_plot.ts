import { formatCount, formatFigure } from "./figures.ts";
import type { Results, Series } from "./results.ts";
import { label, line, type Node, picture, tag } from "./svg.ts";

const COLUMNS = 2;
const WIDTH = 380;
const HEIGHT = 190;
const LEFT = 52;
const RIGHT = 20;
const TOP = 44;
const BOTTOM = 34;

/** How figures grow, on logarithmic scales: small pictures, one for each, as SVG. */
export function growthPlotText({ parts }: Results): string {
  const series = parts.growth?.series ?? [];
  const height = Math.ceil(series.length / COLUMNS) * HEIGHT;
  return picture(
    WIDTH * COLUMNS,
    height,
    "How the figures of autod grow",
    series.map((one, i) => {
      const x = i % COLUMNS * WIDTH;
      const y = Math.floor(i / COLUMNS) * HEIGHT;
      return tag("g", { transform: `translate(${x} ${y})` }, ...chart(one));
    }),
  );
}

function chart({ name, unit, grows, points, may }: Series): Node[] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x0, y0] = points[0];
  const [minX, maxX] = [xs[0], xs[xs.length - 1]];
  // At least two powers of ten, so that what stays looks as if it did.
  const minY = Math.min(...ys) / 2;
  const maxY = Math.max(Math.max(...ys) * 2, minY * 100);
  const toX = scale([minX, maxX], [LEFT, WIDTH - RIGHT]);
  const toY = scale([minY, maxY], [HEIGHT - BOTTOM, TOP]);
  // In proportion to the first, as far as there is room.
  const end = Math.min(maxX, x0 * maxY / y0);
  const proportion: Node = may === "stay"
    ? line([toX(minX), toY(y0)], [toX(maxX), toY(y0)], "dashed")
    : line([toX(x0), toY(y0)], [toX(end), toY(y0 * end / x0)], "dashed");
  const places = points.map(([x, y]) => `${toX(x)},${toY(y)}`);
  return [
    label(8, 20, name, "title"),
    label(8, 35, unit, "soft small"),
    line([LEFT, HEIGHT - BOTTOM], [WIDTH - RIGHT, HEIGHT - BOTTOM], "axis"),
    line([LEFT, TOP], [LEFT, HEIGHT - BOTTOM], "axis"),
    proportion,
    tag("polyline", { points: places.join(" ") }),
    ...points.map(([x, y]) =>
      tag("circle", { cx: toX(x), cy: toY(y), r: 3, class: "one" })
    ),
    ...[points[0], points[points.length - 1]].map(([x, y], i) =>
      label(
        toX(x) + (i === 0 ? 4 : 0),
        toY(y) - 8,
        formatFigure(y),
        i === 0 ? "small" : "end small",
      )
    ),
    label(LEFT, HEIGHT - 18, formatCount(minX), "soft small"),
    label(WIDTH - RIGHT, HEIGHT - 18, formatCount(maxX), "end soft small"),
    label((LEFT + WIDTH) / 2, HEIGHT - 18, grows, "middle soft small"),
  ];
}

/** A logarithmic scale. */
function scale(
  [min, max]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const length = Math.log(max / min);
  return (value) =>
    Math.round(
      (start + Math.log(value / min) / length * (end - start)) * 10,
    ) / 10;
}
