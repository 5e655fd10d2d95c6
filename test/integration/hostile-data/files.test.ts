import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
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
  { tried: "parts that may be missing", spec: days(fromParts.replace("m: int", "m: int?")), files: { "data.csv": parts(() => 1) }, then: refused("type-mismatch", /`day`.*may be missing/) },
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

const places = (name: string) => table("place,id,y", 400, (i) => [i % 2 ? name : "Bonn", i, i % 2]);
const inPlaces = (read: string) => small({ columns: "place: string, id: int, y: float", features: "[rows.place]", read });
const latin = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string, mark = "\uFEFF") => Buffer.from(mark + text, "utf16le");
const placesAre = (name: string) => holds(`one place is ${name}`, async ({ folder, code, out, err }) => {
  expect(code, out + err).toBe(0);
  using database = await openDatabase();
  expect((await database.rows(`SELECT DISTINCT place FROM read_parquet('${folder}/.mlspec/datasets/*/*.parquet') ORDER BY 1`)).map(({ place }) => place)).toEqual(["Bonn", name]);
});
const undecoded = (...words: readonly (string | RegExp)[]) => both(refused("data-not-decoded", ...words), holds("nothing of a line is shown", ({ out, err }) => { expect(out + err).not.toContain("Bonn"); }));

hostile("encodings", [
  { tried: "latin-1, said", spec: inPlaces('csv("data.csv", encoding: "latin-1")'), files: { "data.csv": latin(places("Köln")) }, then: placesAre("Köln") },
  { tried: "windows-1252 with a euro sign, compressed", spec: inPlaces('csv("data.csv.gz", encoding: "windows-1252")'), files: { "data.csv.gz": gzipSync(latin(places("\x80uro"))) }, then: placesAre("€uro") },
  { tried: "windows-1251 in JSON", spec: inPlaces('json("data.json", encoding: "windows-1251")'), files: { "data.json": Buffer.from(JSON.stringify(Array.from({ length: 400 }, (_, i) => ({ place: i % 2 ? "XX" : "Bonn", id: i, y: i % 2 }))).replaceAll("XX", "\xCC\xE8"), "latin1") }, then: placesAre("Ми") },
  { tried: "latin-1, not said", spec: inPlaces('csv("data.csv")'), files: { "data.csv": latin(places("Köln")) }, then: undecoded(/data\.csv, line 3/, /encoding: .{1,2}windows-1252/) },
  { tried: "latin-1 beyond the first megabyte", spec: inPlaces('csv("data.csv")'), files: { "data.csv": latin(table("place,id,y", 100_000, (i) => [i === 90_000 ? "Köln" : "Bonn-am-Rhein", i, i % 2])) }, then: undecoded(/line 90002/) },
  { tried: "latin-1 in the header", spec: inPlaces('csv("data.csv")').replace("place: string", 'place: string from "größe"'), files: { "data.csv": latin(places("Bonn").replace("place", "größe")) }, then: undecoded(/line 1/) },
  { tried: "latin-1 in JSON, not said", spec: inPlaces('json("data.json")'), files: { "data.json": latin(Array.from({ length: 50 }, (_, i) => JSON.stringify({ place: i === 30 ? "Köln" : "Bonn", id: i, y: i })).join("\n")) }, then: undecoded(/line 31/) },
  { tried: "UTF-16 with its mark", spec: inPlaces('csv("data.csv")'), files: { "data.csv": utf16(places("Köln")) }, then: placesAre("Köln") },
  { tried: "UTF-16 the other way round", spec: inPlaces('csv("data.csv", encoding: "utf-16")'), files: { "data.csv": utf16(places("Köln")).swap16() }, then: placesAre("Köln") },
  { tried: "UTF-16 in JSON, compressed", spec: inPlaces('json("data.json.zst")'), files: { "data.json.zst": zstdCompressSync(utf16(Array.from({ length: 400 }, (_, i) => JSON.stringify({ place: i % 2 ? "Köln" : "Bonn", id: i, y: i % 2 })).join("\n"))) }, then: placesAre("Köln") },
  { tried: "UTF-16 without a mark, not said", spec: inPlaces('csv("data.csv")'), files: { "data.csv": utf16(places("Köln"), "") }, then: undecoded(/utf-16/) },
  { tried: "UTF-8 with a mark", spec: inPlaces('csv("data.csv")'), files: { "data.csv": `\uFEFF${places("Köln")}` }, then: placesAre("Köln") },
  { tried: "UTF-8 with a mark, in JSON", spec: inPlaces('json("data.json")'), files: { "data.json": `\uFEFF${Array.from({ length: 400 }, (_, i) => JSON.stringify({ place: i % 2 ? "Köln" : "Bonn", id: i, y: i % 2 })).join("\n")}` }, then: placesAre("Köln") },
  { tried: "UTF-8 said to be shift_jis", spec: inPlaces('csv("data.csv", encoding: "shift_jis")'), files: { "data.csv": places("K\u{1F600}ln") }, then: undecoded(/line 3/, /shift_jis/) },
  { tried: "an encoding that there is not", spec: inPlaces('csv("data.csv", encoding: "windows-1299")'), files: {}, command: "validate", then: refused("wrong-arguments", /no encoding `windows-1299`/) },
  { tried: "a row in latin-1 that is too short", spec: inPlaces('csv("data.csv", encoding: "latin-1")'), files: { "data.csv": `${places("Bonn")}x\n` }, then: both(refused("data-file-unreadable", /data\.csv, line 402/), holds("under the name that the spec has", ({ out, err }) => { expect(out + err).not.toContain("mlspec-files-"); })) },
  { tried: "latin-1 by month", spec: inPlaces('csv("data", encoding: "latin-1", partitions: true)').replace("id: int", "id: int, month: int"), files: { "data/month=7/a.csv": latin(places("Köln")) }, then: placesAre("Köln") },
]);

hostile("packed files", [
  { tried: "gzip", spec: inPlaces('csv("data.csv.gz")'), files: { "data.csv.gz": gzipSync(places("Köln")) }, then: placesAre("Köln") },
  { tried: "Zstandard", spec: inPlaces('csv("data.csv.zst")'), files: { "data.csv.zst": zstdCompressSync(places("Köln")) }, then: placesAre("Köln") },
  ...([["gzip cut short", "gz", gzipSync(places("Köln")).subarray(0, 400)], ["Zstandard cut short", "zst", zstdCompressSync(places("Köln")).subarray(0, 300)], ["no gzip", "gz", places("Köln")]] as const).flatMap(([tried, ending, bytes]) =>
    ["", ', encoding: "latin-1"'].map((encoding) => ({
      tried: `${tried}${encoding}`, spec: inPlaces(`csv("data.csv.${ending}"${encoding})`), files: { [`data.csv.${ending}`]: bytes }, then: refused("data-file-unreadable", /data\.csv\.(gz|zst) cannot be decompressed/, /spec\.mlspec/),
    }))),
  { tried: "bzip2", spec: inPlaces('csv("data.csv.bz2")'), files: { "data.csv.bz2": "BZh9" }, then: refused("data-file-unreadable", /bunzip2 --keep data\.csv\.bz2/) },
  { tried: "zip", spec: inPlaces('csv("data.zip")'), files: { "data.zip": "PK" }, then: refused("data-file-unreadable", /unzip data\.zip/) },
  { tried: "a folder packed by tar and gzip", spec: inPlaces('csv("data.tar.gz")'), files: { "data.tar.gz": gzipSync("x") }, then: refused("data-file-unreadable", /tar -xf/) },
]);

const numbers = (make: (x: number) => string) => `x;y\n${Array.from({ length: 400 }, (_, i) => `${make(Math.cos(i) * 2000)};${Math.cos(i).toFixed(6).replace(".", ",")}\n`).join("")}`;
const german = (x: number): string => x.toLocaleString("de-DE", { minimumFractionDigits: 2 });
const xyOf = (read: string, x = "float") => small({ columns: `x: ${x}, y: float`, read, inputs: "v = standardize(rows.x)" });

hostile("decimal commas", [
  { tried: "1234,5", spec: xyOf('csv("data.csv", decimal: ",")'), files: { "data.csv": numbers((x) => x.toFixed(2).replace(".", ",")) }, then: scores("r2", 0.98, 1) },
  { tried: "1.234,5", spec: xyOf('csv("data.csv", decimal: ",", thousands: ".")'), files: { "data.csv": numbers(german) }, then: scores("r2", 0.98, 1) },
  { tried: "1.234,5 where no groups are said", spec: xyOf('csv("data.csv", decimal: ",")'), files: { "data.csv": numbers(german) }, then: refused("data-type-mismatch", /\d\.\d{3},/) },
  { tried: "a point where a comma is said", spec: xyOf('csv("data.csv", decimal: ",", thousands: ".")'), files: { "data.csv": numbers((x) => x.toFixed(2)) }, then: refused("data-type-mismatch") },
  { tried: "nothing is said of a comma", spec: xyOf('csv("data.csv")'), files: { "data.csv": numbers(german) }, then: refused("data-type-mismatch", /decimal: .{1,2},/) },
  { tried: "1'234.5, and whole numbers in groups", spec: small({ columns: "x: float, n: int, y: float", read: `csv("data.csv", thousands: "'")`, features: "[rows.n]", inputs: "v = standardize(rows.n)" }), files: { "data.csv": table("x,n,y", 400, (i) => ["1'234.5", (i * 1000).toLocaleString("de-CH").replaceAll("’", "'"), i / 100]) }, then: scores("r2", 0.98, 1) },
  { tried: "12.34 where the point groups", spec: small({ columns: "x: int, y: float", read: 'csv("data.csv", decimal: ",", thousands: ".")' }), files: { "data.csv": "x;y\n12.34;1\n" }, then: refused("data-type-mismatch", /12\.34/) },
  { tried: "one mark for both", spec: xyOf('csv("data.csv", decimal: ",", thousands: ",")'), files: {}, command: "validate", then: refused("wrong-arguments", /grouped/) },
]);

const paths: Record<string, RequestListener> = {
  "/data.csv": (request, response) => { response.setHeader("etag", request.headers.authorization ?? ""); response.end(places("Köln")); },
  "/moved.csv": (_, response) => { response.writeHead(302, { location: "/data.csv" }).end(); },
  "/round.csv": (_, response) => { response.writeHead(302, { location: "/round.csv" }).end(); },
  "/latin.csv": (_, response) => { response.end(latin(places("Köln"))); },
  "/month=7/data.csv.gz": (_, response) => { response.end(gzipSync(places("Köln"))); },
  "/cut.csv": (_, response) => { response.writeHead(200, { "content-length": 100_000 }); response.write(places("Köln"), () => response.destroy()); },
  "/cut-in-pieces.csv": (_, response) => { response.write(places("Köln"), () => response.destroy()); },
  "/secret.csv": (request, response) => { if (request.headers.authorization === `Basic ${Buffer.from("ada:pass").toString("base64")}` || request.url?.includes("key=abc") === true) response.end(places("Köln")); else response.writeHead(403).end(); },
};
const server = createServer((request, response) => { (paths[(request.url ?? "").split("?")[0] ?? ""] ?? ((_, other) => { other.writeHead(404).end("<html>not here</html>"); }))(request, response); });
await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
const { port } = server.address() as AddressInfo;
afterAll(() => { server.closeAllConnections(); server.close(); });
const at = (path: string): string => `http://127.0.0.1:${port}${path}`;

hostile("files behind URLs", [
  { tried: "a file", spec: inPlaces(`csv("${at("/data.csv")}")`), files: {}, then: both(placesAre("Köln"), holds("its size is told", ({ out }) => { expect(out).toMatch(/downloaded http:\/\/127.0.0.1:\d+\/data\.csv \(\d\.\d KiB\)/); })) },
  { tried: "the same again is the same dataset", spec: inPlaces(`csv("${at("/data.csv")}")`), files: {}, then: holds("found", async ({ folder }) => { expect((await mlspec(folder, "run", "spec.mlspec")).out).toMatch(/^= data .*unchanged/m); expect(await readdir(join(folder, ".mlspec", "datasets"))).toHaveLength(1); }) },
  { tried: "one that moved", spec: inPlaces(`csv("${at("/moved.csv")}")`), files: {}, then: placesAre("Köln") },
  { tried: "one that moves for ever", spec: inPlaces(`csv("${at("/round.csv")}")`), files: {}, then: refused("download-failed", /redirect/) },
  { tried: "compressed, by month", spec: inPlaces(`csv("${at("/month=7/data.csv.gz")}", partitions: true)`).replace("id: int", "id: int, month: int"), files: {}, then: placesAre("Köln") },
  { tried: "in latin-1", spec: inPlaces(`csv("${at("/latin.csv")}", encoding: "latin-1")`), files: {}, then: placesAre("Köln") },
  { tried: "in latin-1, not said", spec: inPlaces(`csv("${at("/latin.csv")}")`), files: {}, then: refused("data-not-decoded", /http:.*latin\.csv, line 3/) },
  { tried: "none", spec: inPlaces(`csv("${at("/none.csv")}")`), files: {}, then: refused("download-failed", /404/, /spec\.mlspec:3/) },
  { tried: "a connection that is cut", spec: inPlaces(`csv("${at("/cut.csv")}")`), files: {}, then: refused("download-failed", /connection was cut/) },
  { tried: "one that is cut where no length was said", spec: inPlaces(`csv("${at("/cut-in-pieces.csv")}")`), files: {}, then: refused("download-failed", /connection was cut/) },
  { tried: "nobody listens", spec: inPlaces('csv("http://127.0.0.1:9/data.csv")'), files: {}, then: refused("download-failed", /127\.0\.0\.1:9/) },
  { tried: "a key in the address", spec: inPlaces(`csv("${at("/secret.csv?key=abc")}")`), files: {}, then: both(placesAre("Köln"), holds("not told", ({ out }) => { expect(out).toContain("secret.csv?…"); expect(out).not.toContain("key=abc"); })) },
  { tried: "a name and a word", spec: inPlaces(`csv("${at("/secret.csv").replace("//", "//ada:pass@")}")`), files: {}, then: both(placesAre("Köln"), holds("not told", ({ out }) => { expect(out).not.toContain("ada:pass"); })) },
  { tried: "without the key", spec: inPlaces(`csv("${at("/secret.csv?key=ab")}")`), files: {}, then: both(refused("download-failed", /403/), holds("which is not told", ({ out, err }) => { expect(out + err).not.toContain("key=ab"); })) },
  { tried: "s3", spec: inPlaces('parquet("s3://bucket/data/*.parquet")'), files: {}, command: "validate", then: refused("unsupported", /s3/, /aws s3 sync/) },
]);
