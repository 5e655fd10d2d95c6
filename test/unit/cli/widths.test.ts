import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { fittedTable, type Table } from "../../../cli/draw/table.ts";
import { flowed, shellLines, widthOf, wrapped } from "../../../cli/draw/wrap.ts";
import { textReport } from "../../../cli/report/text.ts";
import type { ValidationReport } from "../../../cli/report/problem.ts";

const colors = pc.createColors(true);
const plain = pc.createColors(false);
const lines = (text: string): readonly string[] => text.trimEnd().split("\n");
const stripped = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, "");

describe("wrapping", () => {
  test("breaks between words, cuts only what is longer than a line, keeps every character", () => {
    expect(wrapped("the quick brown fox", 9)).toEqual(["the quick", "brown fox"]);
    expect(wrapped("abcdefghij kl", 4)).toEqual(["abcd", "efgh", "ij", "kl"]);
  });

  test("colours end with the line and begin again on the next", () => {
    const parts = wrapped(colors.red("one two three"), 7);
    expect(parts.map(stripped)).toEqual(["one two", "three"]);
    expect(parts.every((part) => part.startsWith("\u001b[31m") && /\u001b\[(0|39)m$/.test(part))).toBe(true);
  });

  test("characters that take two columns count for two, marks for none", () => {
    expect([widthOf("日本"), widthOf("e\u0301"), widthOf(colors.bold("ab"))]).toEqual([4, 1, 2]);
    expect(wrapped("日本日本", 5)).toEqual(["日本", "日本"]);
  });

  test("a line goes on under itself", () => {
    expect(flowed("  ! one two three", 12)).toBe("  ! one\n    two\n    three");
  });

  test("a command goes on as a shell reads it, within the screen", () => {
    expect(shellLines("mlspec run a.mlspec", 80)).toBe("  mlspec run a.mlspec");
    expect(shellLines("mlspec run a.mlspec --until data", 20)).toBe("  mlspec run \\\n    a.mlspec \\\n    --until data");
  });
});

describe("tables", () => {
  const table: Table = { head: ["", "gate", "value", "why"], rows: [["✓", "auc >= 0.6", "0.8123", "a long reason that goes on and on for a while"], ["✗", "log_loss <= 0.2", "0.4", "日本語の説明"]], right: [2] };

  test.each([20, 40, 60, 80, 200])("at %i columns nothing is wider than the screen, and no word is lost", (columns) => {
    const text = fittedTable(table, { columns, colors });
    for (const line of lines(text)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const words = stripped(text).split(/\s+/);
    if (columns >= 40) for (const word of table.rows.flat().flatMap((cell) => cell.split(" "))) expect(words).toContain(word);
  });

  test("where columns would be too narrow, a row is a list", () => {
    expect(fittedTable(table, { columns: 34, colors: plain })).toBe([
      "  ✓ gate   auc >= 0.6", "    value  0.8123", "    why    a long reason that goes", "           on and on for a while",
      "  ✗ gate   log_loss <= 0.2", "    value  0.4", "    why    日本語の説明", "",
    ].join("\n"));
  });
});

describe("findings", () => {
  const source = `model m { predict: y from d, fallback f = 0.1, ${"inputs { a = v.x } ".repeat(4)} network: [dense(8, wrong)] }`;
  const at = source.indexOf("wrong");
  const report: ValidationReport = {
    files: ["/p/a.mlspec"], seconds: 0, version: "1",
    problems: [{ file: "/p/a.mlspec", code: "unknown-name", severity: "error", message: "there is no activation called wrong, of those that a layer may have", hint: "did you mean one of the others that there are?", range: { start: { line: 0, character: at }, end: { line: 0, character: at + 5 } }, related: [] }],
  };
  test.each([40, 60])("at %i columns the place is in sight, the caret under it", (columns) => {
    const terminal = { out: () => undefined, err: () => undefined, interactive: false, columns, colors: plain, cwd: "/p", outliveReader: () => undefined, env: {}, now: () => new Date(0) };
    const text = lines(textReport(report, terminal, () => source));
    for (const line of text) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const shown = text.findIndex((line) => line.startsWith("  1 | "));
    expect(text[shown]!.slice(text[shown + 1]!.indexOf("^"), text[shown + 1]!.lastIndexOf("^") + 1)).toBe("wrong");
  });
});
