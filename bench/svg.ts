/** An element, or text. */
export type Node = string;

/** An SVG element; numbers are rounded to a tenth. */
export function tag(
  name: string,
  attributes: Record<string, string | number>,
  ...children: Node[]
): Node {
  const written = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${
      typeof value === "number" ? Math.round(value * 10) / 10 : escape(value)
    }"`
  ).join("");
  return `<${name}${written}>${children.join("")}</${name}>`;
}

/** Text at a place; `kind` is one of the classes below. */
export function label(
  x: number,
  y: number,
  text: string,
  kind: string,
): Node {
  return tag("text", { x, y, class: kind }, escape(text));
}

/** A line from one place to another. */
export function line(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  kind: string,
): Node {
  return tag("line", { x1, y1, x2, y2, class: kind });
}

/** A whole picture, readable on light and on dark. */
export function picture(
  width: number,
  height: number,
  title: string,
  children: readonly Node[],
): string {
  return tag(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
    },
    tag("title", {}, escape(title)),
    tag("style", {}, STYLE),
    ...children.map((child) => `\n${child}`),
    "\n",
  ) + "\n";
}

interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly one: string;
  readonly two: string;
}

const LIGHT: Palette = {
  ink: "#1f2328",
  soft: "#59636e",
  faint: "#d1d9e0",
  one: "#0969da",
  two: "#bc4c00",
};
const DARK: Palette = {
  ink: "#f0f6fc",
  soft: "#9198a1",
  faint: "#3d444d",
  one: "#4493f8",
  two: "#f0883e",
};

const STYLE = `
text { font: 12px system-ui, sans-serif }
.title { font-weight: 600 }
.small { font-size: 10px }
.end { text-anchor: end }
.middle { text-anchor: middle }
line, polyline { fill: none; stroke-width: 1 }
polyline { stroke-width: 2 }
.dashed { stroke-dasharray: 3 3 }
${coloursOf(LIGHT)}
@media (prefers-color-scheme: dark) {
${coloursOf(DARK)}
}
`;

function coloursOf({ ink, soft, faint, one, two }: Palette): string {
  return `text { fill: ${ink} }
text.soft { fill: ${soft} }
.axis, .dashed { stroke: ${soft} }
.grid { stroke: ${faint} }
polyline { stroke: ${one} }
.one { fill: ${one} }
.two { fill: ${two} }`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
