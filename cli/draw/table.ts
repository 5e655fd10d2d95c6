/** Plain text tables: columns padded to their widest cell, numbers to the right. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns aligned to the right. */
  readonly right?: readonly number[];
}

const ansi = /\u001b\[[0-9;]*m/g;
/** Width on the screen, without colour codes. */
export const widthOf = (text: string): number => [...text.replace(ansi, "")].length;

const widthsOf = (table: Table): readonly number[] => table.head.map((head, i) => {
  const cells = Math.max(0, ...table.rows.map((row) => widthOf(row[i] ?? "")));
  return cells === 0 && table.rows.length > 0 ? 0 : Math.max(widthOf(head), cells);
});

/** Columns that the longest line takes. */
export const tableWidth = (table: Table, indent = "  "): number => indent.length + widthsOf(table).filter((width) => width > 0).reduce((sum, width) => sum + width + 2, -2);

/** A column that is empty in every row is left out. */
export function drawTable(table: Table, dim: (text: string) => string = (text) => text, indent = "  "): string {
  const widths = widthsOf(table);
  const pad = (text: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
    return table.right?.includes(i) ? space + text : text + space;
  };
  const line = (cells: readonly string[]) => `${indent}${cells.map(pad).filter((_, i) => (widths[i] ?? 0) > 0).join("  ").trimEnd()}\n`;
  return [dim(line(table.head)), ...table.rows.map(line)].join("");
}
