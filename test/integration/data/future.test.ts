/** A dataset that left out rows from the future is made again when the present has passed them; others are used as long as their files are the same. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDataset, type BuiltDataset } from "../../../runtime/data/dataset.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { col, column, csv, dataset, fromExample, rowLabel, source, spec, workspace } from "./spec-builder.ts";

let database: Database;
const place = workspace();
beforeAll(async () => { database = await openDatabase({ threads: 2 }); });
afterAll(() => { database.close(); place.remove(); });

const at = (h: number): string => new Date(Date.UTC(2024, 0, 1, h)).toISOString();
const ms = (h: number): number => Date.parse(at(h));
const compiled = spec({
  sources: [source("visits", csv(["visits.csv"]), [column("at", "timestamp"), column("x", "float"), column("bought", "bool")], { folder: place.folder, time: "at" })],
  labels: [rowLabel("bought", "visits", "bool", col("bought", "bool"))],
  datasets: [dataset("shown", "visits", "bought", { columns: [fromExample("x", "float")] })],
});
const write = (hours: readonly number[]): void => writeFileSync(join(place.folder, "visits.csv"), `at,x,bought\n${hours.map((h, i) => `${at(h)},${i},${i % 3 === 0}\n`).join("")}`);
const build = (presentMs: number): Promise<BuiltDataset> => buildDataset({ spec: compiled, dataset: "shown", folder: join(place.folder, "datasets"), database, seed: 1, presentMs });
const hundred = Array.from({ length: 100 }, (_, h) => h);

test("without rows from the future the present makes no difference", async () => {
  write(hundred);
  const first = await build(ms(99));
  expect(first).toMatchObject({ fresh: true, content: first.hash, report: { examples: 100, future: [] } });
  expect(await build(ms(1_000_000))).toEqual({ ...first, fresh: false });
});

test("rows from the future come in when they have happened, under another name", async () => {
  write([...hundred, 200, 300]);
  const early = await build(ms(150));
  expect(early.report).toMatchObject({ examples: 100, filtered: 0, sources: [{ rows: 102 }], future: [{ source: "visits", column: "at", rows: 2, of: 102, newest: "2024-01-13T12:00:00Z", row: 102 }] });
  expect(await build(ms(200) - 1)).toMatchObject({ fresh: false, content: early.content });
  const later = await build(ms(200));
  expect(later).toMatchObject({ fresh: true, report: { examples: 101, future: [{ rows: 1 }] } });
  const last = await build(ms(300));
  expect(last).toMatchObject({ fresh: true, content: last.hash, report: { examples: 102, future: [] } });
  expect(new Set([early, later, last].map(({ content }) => content)).size).toBe(3);
});

test("a clock that is set back leaves them out again", async () => {
  write([...hundred, 200]);
  const whole = await build(ms(400));
  expect(await build(ms(150))).toMatchObject({ fresh: true, report: { examples: 100 } });
  expect(await build(ms(400))).toMatchObject({ fresh: true, content: whole.content, report: { examples: 101 } });
});
