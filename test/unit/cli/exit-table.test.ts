import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitMeanings } from "../../../cli/exit-codes.ts";

test("the documentation's table of exit codes is the program's", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/command-line.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
  expect(rows).toEqual(exitMeanings);
});
