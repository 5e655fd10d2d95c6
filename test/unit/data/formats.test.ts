import { expect, test } from "vitest";
import { endingsOf, formatOf } from "../../../runtime/data/folders.ts";

test.each(["csv", "parquet", "json"] as const)("a file that a folder of %s is asked for is taken for that by its name alone", (format) => {
  for (const ending of endingsOf(format).split(", ")) expect([ending, formatOf(`rows${ending}`), formatOf(`ROWS${ending.toUpperCase()}.gz`)]).toEqual([ending, format, format]);
});

test("what has another name is taken for CSV", () => expect(formatOf("rows.dat")).toBe("csv"));
