/** Plain text tables: columns padded to their widest cell, numbers to the right. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns aligned to the right. */
  readonly right?: readonly number[];
}

// eslint-disable-next-line no-control-regex
const ansi = /\u001b\[[0-9;]*m/g;
/** Width on the screen, without colour codes. */
export const widthOf = (text: string): number => [...text.replace(ansi, "")].length;

export function drawTable(table: Table, dim: (text: string) => string = (text) => text, indent = "  "): string {
  const widths = table.head.map((head, i) => Math.max(widthOf(head), ...table.rows.map((row) => widthOf(row[i] ?? ""))));
  const pad = (text: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
    return table.right?.includes(i) ? space + text : text + space;
  };
  const line = (cells: readonly string[]) => `${indent}${cells.map(pad).join("  ").trimEnd()}\n`;
  return [dim(line(table.head)), ...table.rows.map(line)].join("");
}
