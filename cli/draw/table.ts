/** Plain text tables: columns padded to their widest cell, numbers to the right. */
import type { Terminal } from "../terminal.ts";
import { widthOf, wrapped } from "./wrap.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns aligned to the right. */
  readonly right?: readonly number[];
}

export { widthOf };
type Screen = { readonly columns: number; readonly colors: Pick<Terminal["colors"], "dim"> };
type Dim = (text: string) => string;

/** Text is broken in columns no narrower than this; where that is too wide, a row becomes a list. */
const NARROWEST = 14;

const widthsOf = (table: Table): readonly number[] => table.head.map((head, i) => {
  const cells = Math.max(0, ...table.rows.map((row) => widthOf(row[i] ?? "")));
  return cells === 0 && table.rows.length > 0 ? 0 : Math.max(widthOf(head), cells);
});

const lineWidth = (widths: readonly number[], indent: string): number => indent.length + widths.filter((width) => width > 0).reduce((sum, width) => sum + width + 2, -2);

/** Columns that the longest line takes. */
export const tableWidth = (table: Table, indent = "  "): number => lineWidth(widthsOf(table), indent);

/** A column that is empty in every row is left out. */
export const drawTable = (table: Table, dim: Dim = (text) => text, indent = "  "): string => draw(table, widthsOf(table), dim, indent);

/** The table as the screen has room for it. */
export function fittedTable(table: Table, { columns, colors: { dim } }: Screen, indent = "  "): string {
  const widths = narrowed(table, columns, indent);
  return widths === null ? lists(table, columns, dim, indent) : draw(table, widths, dim, indent);
}

/** Takes from the widest column of words until the line fits; null when it cannot. */
function narrowed(table: Table, columns: number, indent: string): readonly number[] | null {
  const widths = [...widthsOf(table)];
  while (lineWidth(widths, indent) > columns) {
    const widest = widths.reduce((best, width, i) => (!table.right?.includes(i) && width > (widths[best] ?? 0) ? i : best), widths.findIndex((_, i) => !table.right?.includes(i)));
    const width = widths[widest] ?? 0;
    if (width <= NARROWEST) return null;
    widths[widest] = width - 1;
  }
  return widths;
}

function draw(table: Table, widths: readonly number[], dim: Dim, indent: string): string {
  const pad = (text: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
    return table.right?.includes(i) ? space + text : text + space;
  };
  const line = (cells: readonly string[]) => `${indent}${cells.map(pad).filter((_, i) => (widths[i] ?? 0) > 0).join("  ").trimEnd()}\n`;
  const row = (cells: readonly string[]) => {
    const parts = cells.map((cell, i) => wrapped(cell, Math.max(1, widths[i] ?? 0)));
    return Array.from({ length: Math.max(...parts.map((part) => part.length)) }, (_, at) => line(parts.map((part) => part[at] ?? ""))).join("");
  };
  return [dim(line(table.head)), ...table.rows.map(row)].join("");
}

/** Each row as a list of what the heads say, the first line further out. */
function lists({ head, rows }: Table, columns: number, dim: Dim, indent: string): string {
  const label = Math.max(...head.map(widthOf));
  const room = Math.max(8, columns - indent.length - label - 4);
  return rows.map((row) => {
    const mark = head[0] === "" ? `${row[0] ?? ""} ` : "";
    const cells = row.map((cell, i) => ({ name: head[i] ?? "", cell })).filter(({ cell }, i) => cell !== "" && (i > 0 || mark === ""));
    const lines = cells.flatMap(({ name, cell }) => wrapped(cell, room).map((text, i) => `${dim((i === 0 ? name : "").padEnd(label))}  ${text}`));
    return lines.map((text, i) => `${indent}${i > 0 ? "  " : mark === "" ? "- " : mark}${text}\n`).join("");
  }).join("");
}
