import { expect, it } from "vitest";
import { duration, metric, percent, seconds, short } from "../../../cli/draw/numbers.ts";
import { drawTable } from "../../../cli/draw/table.ts";

it.each([[0, "0ms"], [950, "950ms"], [1000, "1s"], [61_000, "1m 1s"], [3_600_000, "1h"], [90_061_000, "1d 1h"], [59_999, "1m"]])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([[999, "999"], [12_345, "12k"], [1_234_567, "1.2M"], [2_000_000, "2M"], [3.2e9, "3.2G"]])("%d is %s in short", (value, text) => {
  expect(short(value)).toBe(text);
});

it("shows metrics with four digits, a dash for none, and shares as percentages", () => {
  expect([metric(0.71234), metric(null), metric(12_345.6), percent(0.1234), seconds(3.21), seconds(75)]).toEqual(["0.7123", "–", "12,346", "12.3%", "3.2 s", "1m 15s"]);
});

it("pads columns by what is seen, not by colour codes", () => {
  const table = drawTable({ head: ["name", "n"], rows: [["\u001b[32mok\u001b[39m", "1"], ["longer", "22"]], right: [1] });
  expect(table.replaceAll(/\u001b\[\d+m/g, "")).toBe("  name     n\n  ok       1\n  longer  22\n");
});
