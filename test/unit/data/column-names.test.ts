import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnName, identifier } from "../../../runtime/data/sql/quote.ts";
import { folded } from "../../../runtime/data/file-columns.ts";

describe("a name of the language as a name of SQL", () => {
  test.each([
    ["sales", "sales"], ["sales_7d", "sales_7d"], ["_x", "_x"], ["popularity.sales", "popularity.sales"], ["preis_für_é", "preis_für_é"],
    ["Sales", "Sales~1"], ["SALES", "SALES~1f"], ["grossSales", "grossSales~20"], ["slice.G", "slice.G~40"], ["É", "É"],
    ["__label", "__label~"], ["__Label", "__Label~4"], ["__proto__", "__proto__~"], ["a~", "a~~"], ["a~1", "a~1~"], [`${"a".repeat(70)}Z`, `${"a".repeat(70)}Z~40${"0".repeat(16)}`],
  ])("%s is %s", (name, expected) => {
    expect(columnName(name)).toBe(expected);
    expect(identifier(name)).toBe(`"${expected}"`);
  });

  test("two names are two, also where letters have no case, and none begins as ours do", () => {
    const name = fc.string({ unit: fc.constantFrom(..."aAbB_~1é"), maxLength: 6 });
    fc.assert(fc.property(name, name, (a, b) => {
      if (a !== b) expect(folded(columnName(a))).not.toBe(folded(columnName(b)));
      expect(columnName(a)).not.toMatch(/^__[a-z]*$/);
    }), { numRuns: 5000 });
  });

  test("what quotes names otherwise reads files, or a log whose header has the names", () => {
    const root = join(import.meta.dirname, "../../../runtime");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const users = files.filter((file) => /\bverbatim\b/.test(readFileSync(join(root, file), "utf8")));
    expect(users.map((file) => file.replaceAll("\\", "/")).sort()).toEqual(["data/json-reader.ts", "data/parquet-reader.ts", "data/sql/quote.ts", "serving/log/columns.ts"]);
  });
});
