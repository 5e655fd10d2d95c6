import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { both, holds, hostile, mlspec, refused, scores, warned, type Result } from "./table.ts";
import { noise, small, table } from "./small.ts";

/** Of the first source. */
const rowsIn = ({ events, out, err }: Result): number => {
  const checked = events.find((event) => event.type === "contract-checked");
  if (checked === undefined) throw new Error(out + err);
  return checked.rows;
};

const days = (columns: string, read = 'csv("data.csv")') => small({ columns, read, source: "time: day", features: "[rows.x]", split: "by_time(train: 70%, validate: 10%, test: 20%)" });
const parts = (day: (i: number) => number, year = (i: number): number => 2020 + (i % 4)) =>
  table("y0,m,d,x,y", 400, (i, u) => { const x = noise(u); return [year(i), 1 + (i % 12), day(i), x, 3 * x]; });
const fromParts = "y0: int, m: int, d: int, day: date = date(y0, m, d), x: float, y: float";

hostile("dates from parts, and texts of many parts", [
  { tried: "a day from its parts", spec: days(fromParts), files: { "data.csv": parts((i) => 1 + (i % 28)) }, then: scores("r2", 0.98, 1) },
  { tried: "an hour of it", spec: days(fromParts.replace("day: date = date(y0, m, d)", "day: timestamp = timestamp(date(year: y0, month: m, day: 1)) + d * 1h")), files: { "data.csv": parts((i) => i % 24) }, then: scores("r2", 0.98, 1) },
  { tried: "the 30th of February", spec: days(fromParts), files: { "data.csv": parts(() => 30) }, then: refused("texts-unreadable", /2022-2-30|2020-2-30|2021-2-30|2023-2-30/, /no such day/) },
  { tried: "the 30th of February where days may be missing", spec: small({ columns: fromParts.replace("day: date", "day: date?") }), files: { "data.csv": parts(() => 30) }, then: both(warned("some-texts-unreadable", /in 34 of the 400 rows/), scores("r2", 0.98, 1)) },
  { tried: "a year of two digits", spec: days(fromParts), files: { "data.csv": parts(() => 1, (i) => 20 + (i % 4)) }, then: refused("texts-unreadable", /four digits/) },
  { tried: "parts that may be missing", spec: days(fromParts.replace("m: int", "m: int?")), files: { "data.csv": parts(() => 1) }, then: refused("missing", /day/) },
  { tried: "a day from parts inside of the model", spec: small({ columns: "a: int, x: float, y: float", inputs: "d = days(date(rows.a, 1, 1) - 2020-01-01)", features: "[rows.a]" }), files: { "data.csv": table("a,x,y", 10, () => [2020, 1, 1]) }, then: refused("not-servable", /date/) },
  {
    tried: "a text of four others", spec: small({ columns: 'a: string, b: string, id: int, c: string = concat(a, "/", b, "!"), y: float', features: "[rows.c]" }),
    files: { "data.csv": table("a,b,id,y", 900, (i) => [i % 3, (i / 3 | 0) % 3, i, (i % 3) * ((i / 3 | 0) % 3)]) }, then: scores("r2", 0.98, 1),
  },
  { tried: "a text of one", spec: small({ columns: "a: string, c: string = concat(a), y: float" }), files: {}, command: "validate", then: refused("wrong-arguments", /concat\(a, b, …\).*at least 2/) },
  { tried: "a number among the texts", spec: small({ columns: 'a: string, c: string = concat(a, "-", a, 3), y: float' }), files: {}, command: "validate", then: refused("type-mismatch", /concat/) },
]);

const days10 = (make: (day: number) => string): Record<string, string> => Object.fromEntries(Array.from({ length: 10 }, (_, i) => [make(i), table("x,y", 100, (_, u) => { const x = noise(u); return [x, 3 * x + 10 * i]; }, i + 1)]));
const month = (i: number): string => `data/year=202${i % 2}/month=${i}/part.csv`;
const ofMonth = "year: int, month: int, x: float, y: float";
const inMonths = { columns: ofMonth, features: "[rows.x, rows.month]" };
const hive = 'csv("data", partitions: true)';

/** `make`'s SQL as Parquet files. */
const parquet = (sql: string) => async (): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-parquet-"));
  try {
    using database = await openDatabase();
    await database.run(`COPY (${sql}) TO '${join(folder, "data.parquet")}' (FORMAT parquet)`);
    return await readFile(join(folder, "data.parquet"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
const ofMonthIn = (file: (i: number) => string, column = "") => Object.fromEntries(Array.from({ length: 4 }, (_, i) => [file(i), parquet(`SELECT cos(k) AS x, 3 * cos(k) + 10 * ${i} AS y${column} FROM range(200) t(k)`)]));

hostile("folders", [
  { tried: "a folder of CSV", spec: small({ columns: "x: float, y: float", read: 'csv("data/")' }), files: { ...days10((i) => `data/${i}/a.csv`), "data/_SUCCESS": "", "data/.crc": "x", "data/_temporary/0.csv": "z\n1\n" }, then: holds("all ten files", (result) => { expect(rowsIn(result)).toBe(1000); }) },
  { tried: "a folder with a note in it", spec: small({ columns: "x: float, y: float", read: 'csv("data")' }), files: { ...days10((i) => `data/${i}.csv`), "data/README.md": "a note" }, then: both(warned("files-left-out", /README\.md/, /\.csv, \.tsv/), holds("all ten files", (result) => { expect(rowsIn(result)).toBe(1000); })) },
  { tried: "a folder without data", spec: small({ columns: "x: float, y: float", read: 'csv("data")' }), files: { "data/a.parquet": "x" }, then: refused("data-file-missing", /\.csv, \.tsv/) },
  { tried: "a glob that meets a hidden folder", spec: small({ columns: "x: float, y: float", read: 'csv("data/**/*.csv")' }), files: { ...days10((i) => `data/${i}/a.csv`), "data/_temporary/0/a.csv": "z\n1\n" }, then: holds("all ten files", (result) => { expect(rowsIn(result)).toBe(1000); }) },
  { tried: "a folder of lines of JSON", spec: small({ columns: "x: float, y: float", read: 'json("data")' }), files: { "data/a.jsonl": '{"x":1,"y":2}\n'.repeat(100), "data/b/c.ndjson": '{"x":2,"y":4}\n'.repeat(100) }, then: holds("both files", (result) => { expect(rowsIn(result)).toBe(200); }) },
  { tried: "a table of Delta Lake", spec: small({ columns: "x: float, y: float", read: 'parquet("data")' }), files: { "data/_delta_log/0.json": "{}" }, made: { "data/a.parquet": parquet("SELECT 1 AS x, 1 AS y") }, then: refused("data-file-unreadable", /Delta Lake/) },
]);

hostile("columns in the path", [
  { tried: "CSV by month", spec: small({ ...inMonths, read: hive }), files: days10(month), then: scores("r2", 0.98, 1) },
  { tried: "CSV by month, not said", spec: small({ ...inMonths, read: 'csv("data")' }), files: days10(month), then: refused("column-missing", /partitions: true/) },
  { tried: "CSV by month without a header", spec: small({ ...inMonths, read: 'csv("data", partitions: true, header: false, skip: 1)' }), files: days10(month), then: scores("r2", 0.98, 1) },
  { tried: "Parquet by month", spec: small({ ...inMonths, read: 'parquet("data/**/*.parquet", partitions: true)' }), files: {}, made: ofMonthIn((i) => `data/year=2026/month=${i}/p.parquet`), then: scores("r2", 0.98, 1) },
  { tried: "Parquet with columns of two cases by month", spec: small({ ...inMonths, columns: `${ofMonth}, X: float`, read: 'parquet("data", partitions: true)' }), files: {}, made: ofMonthIn((i) => `data/year=2026/month=${i}/p.parquet`, ", 1 AS filename, 2 AS x_"), then: refused("column-missing", /"X"/) },
  { tried: "JSON by month", spec: small({ ...inMonths, read: 'json("data", partitions: true)' }), files: Object.fromEntries([0, 1].map((i) => [`data/year=2026/month=${i}/a.json`, Array.from({ length: 300 }, (_, k) => JSON.stringify({ x: Math.cos(k), y: 3 * Math.cos(k) + 10 * i })).join("\n")])), then: scores("r2", 0.98, 1) },
  { tried: "one file has no month in its path", spec: small({ ...inMonths, read: hive }), files: { ...days10(month), "data/year=2020/a.csv": "x,y\n1,2\n" }, then: refused("column-missing", /"month"/, /year=2020\/a\.csv/) },
  { tried: "a month that is none", spec: small({ ...inMonths, read: hive }), files: { ...days10(month), "data/year=2020/month=__HIVE_DEFAULT_PARTITION__/a.csv": "x,y\n1,2\n" }, then: refused("unexpected-null", /month/) },
  { tried: "a text with spaces and slashes", spec: small({ columns: "place: string, x: float, y: float", features: "[rows.place]", read: hive }), files: days10((i) => `data/place=St.%20Gallen%2F${i % 2}/${i}.csv`), then: holds("as it was meant", async ({ folder, code, out, err }) => { expect(code, out + err).toBe(0); using database = await openDatabase(); expect((await database.rows(`SELECT DISTINCT place FROM read_parquet('${folder}/.mlspec/datasets/*/*.parquet') ORDER BY 1`)).map(({ place }) => place)).toEqual(["St. Gallen/0", "St. Gallen/1"]); }) },
  { tried: "the file has it, and the path too", spec: small({ columns: "month: int, x: float, y: float", features: "[rows.month]", read: 'csv("data")' }), files: { "data/month=7/a.csv": table("month,x,y", 500, (i, u) => [i, noise(u), i]) }, then: scores("r2", 0.98, 1) },
  { tried: "the file has it, and the path too, for JSON", spec: small({ columns: "month: int, x: float, y: float", features: "[rows.month]", read: 'json("data", partitions: true)' }), files: { "data/month=7/a.json": Array.from({ length: 500 }, (_, i) => JSON.stringify({ month: i, x: i % 5, y: i })).join("\n") }, then: scores("r2", 0.98, 1) },
  { tried: "a file moved to another month is another dataset", spec: small({ ...inMonths, read: hive }), files: days10(month), then: holds("another dataset", async ({ folder, code, out, err }) => {
    expect(code, out + err).toBe(0);
    await rename(join(folder, "data/year=2020/month=0"), join(folder, "data/year=2020/month=99"));
    expect((await mlspec(folder, "run", "spec.mlspec")).code).toBe(0);
    expect(await readdir(join(folder, ".mlspec", "datasets"))).toHaveLength(2);
  }) },
]);
