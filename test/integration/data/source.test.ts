import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Column, Reader, Source } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { loadSource } from "../../../runtime/data/source.ts";
import { call, col, column, csv, literal, realData, source, spec, workspace } from "./spec-builder.ts";

let database: Database;
const place = workspace();
beforeAll(async () => { database = await openDatabase({ threads: 2 }); });
afterAll(() => { database.close(); place.remove(); });

const data = realData();

async function load(read: Reader, columns: Column[], extra: Partial<Source> = {}) {
  return loadSource(database, source("visits", read, columns, { folder: place.folder, ...extra }), { spec: spec({}), dataFolder: data ?? undefined });
}

async function rows(read: Reader, columns: Column[], extra: Partial<Source> = {}) {
  const loaded = await load(read, columns, extra);
  return database.rows(`SELECT * EXCLUDE (__row, __wrong) FROM ${loaded.table} ORDER BY __row`);
}

const idName = [column("id", "int"), column("name", "string?")];
const failure = (code: string, message: RegExp): unknown => expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("CSV as people have it", () => {
  test("byte order mark, CRLF, a line end inside quotes, spaces around values", async () => {
    place.file("bom.csv", '\uFEFFid,name\r\n1,"a\r\nb"\r\n 2 , x \r\n');
    expect(await rows(csv(["bom.csv"]), idName)).toEqual([{ id: 1, name: "a\r\nb" }, { id: 2, name: " x " }]);
  });

  test("a separator of two characters, quotes doubled inside quotes", async () => {
    place.file("wide.csv", 'id, name\n1, "x, y"\n2, "say ""hi"""\n');
    expect(await rows(csv(["wide.csv"], { delimiter: ", " }), idName)).toEqual([{ id: 1, name: "x, y" }, { id: 2, name: 'say "hi"' }]);
  });

  test.each([[";"], ["\t"], ["|"]])("the separator %j is found", async (delimiter) => {
    place.file("found.csv", ["id", "name"].join(delimiter) + "\n" + ["1", "a,b"].join(delimiter) + "\n");
    expect(await rows(csv(["found.csv"]), idName)).toEqual([{ id: 1, name: "a,b" }]);
  });

  test("missing markers, and the empty text, are null", async () => {
    place.file("missing.csv", "id,name\n1,?\n2,\n3,\" \"\n4,NA\n");
    expect(await rows(csv(["missing.csv"], { missing: ["?", "NA"] }), idName)).toEqual([1, 2, 3, 4].map((id) => ({ id, name: null })));
  });

  test("no header: columns by position", async () => {
    place.file("plain.csv", "1,a\n2,b\n");
    expect(await rows(csv(["plain.csv"], { header: false }), idName)).toEqual([{ id: 1, name: "a" }, { id: 2, name: "b" }]);
    await expect(rows(csv(["plain.csv"], { header: false }), [...idName, column("more", "int")])).rejects.toEqual(failure("column-missing", /declares 3 columns.*has 2/));
  });

  test("lines before the header are skipped", async () => {
    place.file("preamble.csv", "exported by a tool\nof some age\nid,name\n1,a\n");
    expect(await rows(csv(["preamble.csv"], { skip: 2 }), idName)).toEqual([{ id: 1, name: "a" }]);
  });

  test("columns of other names, in another order, more than declared", async () => {
    place.file("named.csv", "Full Name,extra,ID-nr\nAda,x,1\n");
    const columns = [column("id", "int", { physical: "ID-nr" }), column("name", "string", { physical: "Full Name" })];
    expect(await rows(csv(["named.csv"]), columns)).toEqual([{ id: 1, name: "Ada" }]);
  });

  test("several files whose columns stand in different orders, some empty, some compressed", async () => {
    place.file("part-1.csv", "id,name\n1,a\n");
    place.file("part-2.csv", "name,id\nb,2\n");
    place.file("part-3.csv", "");
    place.file("part-4.csv.gz", gzipSync("id,name\n4,d\n"));
    expect((await rows(csv(["part-*.csv*"]), idName)).toSorted((a, b) => Number(a["id"]) - Number(b["id"]))).toEqual([{ id: 1, name: "a" }, { id: 2, name: "b" }, { id: 4, name: "d" }]);
  });

  test("every type, and NaN as missing", async () => {
    place.file("types.csv", "b,i,f,t,d\nyes,9007199254740993,1e3,2024-01-01T02:00:00+02:00,2024-02-29\n0,-1,nan,2024-01-01 10:30:00.25,2024-02-29 23:59\n");
    const columns = [column("b", "bool"), column("i", "int"), column("f", "float?"), column("t", "timestamp"), column("d", "date")];
    expect(await rows(csv(["types.csv"]), columns)).toEqual([
      { b: true, i: 9007199254740993n, f: 1000, t: new Date("2024-01-01T00:00:00Z"), d: new Date("2024-02-29") },
      { b: false, i: -1, f: null, t: new Date("2024-01-01T10:30:00.250Z"), d: new Date("2024-02-29") },
    ]);
  });

  test("computed columns, also of other computed columns", async () => {
    place.file("computed.csv", "day,hour\n2011-01-01,5\n");
    const at = call("add", "timestamp", call("timestamp", "timestamp", col("day", "string")), call("multiply", "duration", col("hour", "int"), literal("duration", 3_600_000)));
    const columns = [column("weekend", "bool", { value: call("greater_or_equal", "bool", call("day_of_week", "int", col("at", "timestamp")), literal("int", 5)) }),
      column("at", "timestamp", { value: at }), column("day", "string"), column("hour", "int")];
    expect(await rows(csv(["computed.csv"]), columns)).toEqual([{ day: "2011-01-01", hour: 5, at: new Date("2011-01-01T05:00:00Z"), weekend: true }]);
  });
});

describe("any table survives being written as CSV", () => {
  const cell = fc.oneof(fc.string({ unit: fc.constantFrom("a", "é", "👍", " ", ",", ";", '"', "\n", "\r\n", "'", "\\", "#", "|", "\t", "0"), maxLength: 8 }), fc.string({ unit: "grapheme", maxLength: 5 }));
  const tables = fc.record({
    delimiter: fc.constantFrom(",", ";", "\t", "|", ", ", "||", "<=>", "::::"), dialect: fc.constantFrom({ lineEnd: "\n", header: true }, { lineEnd: "\n", header: false }, { lineEnd: "\r\n", header: true }),
    rows: fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
  });
  const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  const read = (value: string): string | null => (/^[ \t]*$/.test(value) ? null : value);

  test("values come back as they were; nothing but spaces is null", async () => {
    await fc.assert(fc.asyncProperty(tables, async ({ delimiter, dialect: { lineEnd, header }, rows: table }) => {
      const lines = table.map((row, i) => [String(i), ...row.map(quote)].join(delimiter) + lineEnd);
      place.file("any.csv", (header ? ["nr", "a", "b", "c"].join(delimiter) + lineEnd : "") + lines.join(""));
      const columns = [column("nr", "int"), column("a", "string?"), column("b", "string?"), column("c", "string?")];
      expect(await rows(csv(["any.csv"], { delimiter, header }), columns)).toEqual(table.map(([a, b, c], nr) => ({ nr, a: read(a!), b: read(b!), c: read(c!) })));
    }), { numRuns: 150 });
  });
});

describe("what is wrong is said, with its place", () => {
  test("a value of a wrong type", async () => {
    place.file("wrong.csv", "id,name\n1,a\n\"12 pcs\",b\nx,c\n");
    await expect(rows(csv(["wrong.csv"]), idName)).rejects.toEqual(failure("data-type-mismatch", /Column id .* declared int, but row 2 holds "12 pcs" \(and 1 more/));
  });

  test("a duration is a number of milliseconds, which the message says", async () => {
    place.file("lasting.csv", "id,took\n1,1500\n2,00:10:00\n");
    await expect(rows(csv(["lasting.csv"]), [column("id", "int"), column("took", "duration")])).rejects.toMatchObject({
      code: "data-type-mismatch", message: expect.stringContaining('row 2 holds "00:10:00"') as string,
      hint: expect.stringContaining("A duration is read as a whole number of milliseconds; of seconds it is computed: `took: duration = seconds * 1s`") as string,
    });
  });

  test("a fraction is no int", async () => {
    place.file("fraction.csv", "id,name\n1.0,a\n1.5,b\n");
    await expect(rows(csv(["fraction.csv"]), idName)).rejects.toEqual(failure("data-type-mismatch", /row 2 holds "1.5"/));
  });

  test("a null where none is allowed", async () => {
    place.file("null.csv", "id,name\n1,a\n,b\n,c\n");
    await expect(rows(csv(["null.csv"]), idName)).rejects.toEqual(failure("unexpected-null", /column id .* missing in 2 rows, first in row 2/));
  });

  test("a missing column, with the name that was meant", async () => {
    place.file("typo.csv", "idd,name\n1,a\n");
    await expect(rows(csv(["typo.csv"]), idName)).rejects.toMatchObject({ code: "column-missing", message: /has "idd", "name"/, hint: /Did you mean "idd"/ });
  });

  test("a missing file points at `read` in the spec", async () => {
    await expect(rows(csv(["nope.csv"]), idName)).rejects.toMatchObject({ code: "data-file-missing", where: { file: "shop.mlspec", line: 5, column: 3 } });
    await expect(rows(csv(["nope-*.csv"]), idName)).rejects.toEqual(failure("data-file-missing", /No file matches .*nope-\*\.csv/));
    await expect(loadSource(database, source("s", csv(["data:x.csv"]), idName), { spec: spec({}) })).rejects.toMatchObject({ code: "data-folder-unknown", hint: /MLSPEC_DATA/ });
  });

  test.each([["", "no byte"], ["id,name\n", "only a header"]])("an empty file (%j: %s)", async (content) => {
    place.file("empty.csv", content);
    await expect(rows(csv(["empty.csv"]), idName)).rejects.toEqual(failure("source-empty", /Source visits has no rows/));
  });

  test.each([
    ["a short row", "id,name\n1,a\n2\n", /line 3: expected values: 2 found: 1/],
    ["a long row", "id,name\n1,a\n2,b,c\n", /line 3: expected values: 2 found: 3/],
    ["line ends of two kinds", "id,name\n1,a\n2,b\r\n", /mixes kinds of line ends.*ragged\.csv/],
    ["a quote that never ends", 'id,name\n1,"abc\n2,b\n', /line 2: Value with unterminated quote/],
  ])("%s", async (_, content, message) => {
    place.file("ragged.csv", content);
    await expect(rows(csv(["ragged.csv"]), idName)).rejects.toEqual(failure("data-file-unreadable", message));
  });

  test("a file that is not UTF-8", async () => {
    place.file("latin.csv", Uint8Array.from([...Buffer.from("id,name\n1,caf"), 0xe9, 0x0a]));
    await expect(rows(csv(["latin.csv"]), idName)).rejects.toEqual(failure("data-not-decoded", /latin\.csv, line 2: this is not in UTF-8/));
  });

  test("a path of another machine", async () => {
    await expect(rows(csv(["https://example.invalid/x.csv"]), idName)).rejects.toMatchObject({ code: "download-failed" });
    await expect(rows(csv(["s3://example/x.csv"]), idName)).rejects.toMatchObject({ code: "download-failed" });
  });
});

describe("JSON and Parquet", () => {
  test("JSON lines and arrays; a key that is absent is null", async () => {
    place.file("lines.json", '{"id":1,"name":"x"}\n{"id":2}\n');
    place.file("array.json", '[{"id":3,"name":null},{"id":4,"name":"y"}]');
    expect(await rows({ format: "json", paths: ["lines.json"] }, idName)).toEqual([{ id: 1, name: "x" }, { id: 2, name: null }]);
    expect(await rows({ format: "json", paths: ["array.json"] }, idName)).toEqual([{ id: 3, name: null }, { id: 4, name: "y" }]);
  });

  test("damaged JSON", async () => {
    place.file("bad.json", '{"id":1,"name":"x"}\n{"id":nul');
    await expect(rows({ format: "json", paths: ["bad.json"] }, idName)).rejects.toEqual(failure("data-file-unreadable", /bad\.json/));
  });

  test("Parquet types that are near enough are taken, others refused", async () => {
    const path = join(place.folder, "types.parquet");
    await database.run(`COPY (SELECT 1::UTINYINT i, 2.0::FLOAT w, 1.5::DECIMAL(9,2) f, 'nan'::DOUBLE n, TIMESTAMPTZ '2024-01-01 00:00:00+02' t, DATE '2024-01-02' d, 'x' s) TO '${path}' (FORMAT parquet)`);
    const read: Reader = { format: "parquet", paths: ["types.parquet"] };
    const columns = [column("i", "int"), column("w", "int"), column("f", "float"), column("n", "float?"), column("t", "timestamp"), column("d", "timestamp"), column("s", "string")];
    expect(await rows(read, columns)).toEqual([{ i: 1, w: 2, f: 1.5, n: null, t: new Date("2023-12-31T22:00:00Z"), d: new Date("2024-01-02"), s: "x" }]);
    await expect(rows(read, [column("s", "int")])).rejects.toEqual(failure("data-type-mismatch", /declared int, but row 1 holds "x"/));
    await expect(rows(read, [column("i", "timestamp")])).rejects.toEqual(failure("data-type-mismatch", /declared timestamp, but row 1 holds "1"/));
  });

  test("a duration of Parquet is in the unit that Arrow (pandas, Polars) wrote beside it, and in milliseconds where nobody says", async () => {
    // As pyarrow 26 writes it of columns ns, us, ms, s of durations in these units, and n of ints.
    const arrow = "/////zABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAUAAADQAAAAlAAAAGgAAAA8AAAABAAAAFT///8AAAECEAAAABwAAAAEAAAAAAAAAAEAAABuAAAACAAMAAgABwAIAAAAAAAAAUAAAACI////AAABEhAAAAAUAAAABAAAAAAAAAABAAAAcwAAAHb///8AAAAAsP///wAAARIQAAAAGAAAAAQAAAAAAAAAAgAAAG1zAAAEAAQABAAAANj///8AAAESEAAAABQAAAAEAAAAAAAAAAIAAAB1cwAAxv///wAAAgAQABQACAAGAAcADAAAABAAEAAAAAAAARIQAAAAHAAAAAQAAAAAAAAAAgAAAG5zAAAAAAYACAAGAAYAAAAAAAMA";
    const write = (name: string, schema: string | null, values = "1500000000 AS ns, 1500000 AS us, 1500 AS ms, 2 AS s, 1500 AS n") =>
      database.run(`COPY (SELECT ${values.replaceAll(/ AS/g, "::BIGINT AS")}) TO '${join(place.folder, name)}' (FORMAT parquet${schema === null ? "" : `, KV_METADATA {'ARROW:schema': '${schema}'}`})`);
    const durations = ["ns", "us", "ms", "s", "n"].map((name) => column(name, "duration"));
    const read = (file: string) => rows({ format: "parquet", paths: [file] }, durations);
    await write("arrow.parquet", arrow);
    expect(await read("arrow.parquet")).toEqual([{ ns: 1500, us: 1500, ms: 1500, s: 2000, n: 1500 }]);
    await write("negative.parquet", arrow, "-1500000 AS ns, -1500 AS us, NULL AS ms, -2 AS s, -1 AS n");
    expect(await rows({ format: "parquet", paths: ["negative.parquet"] }, ["ns", "us", "ms", "s", "n"].map((name) => column(name, "duration?")))).toEqual([{ ns: -1, us: -1, ms: null, s: -2000, n: -1 }]);
    for (const [i, schema] of [null, "", "AAAA", arrow.slice(0, 200), Buffer.alloc(200, 255).toString("base64")].entries()) {
      await write(`plain-${i}.parquet`, schema, "1 AS ns, 2 AS us, 3 AS ms, 4 AS s, 5 AS n");
      expect(await read(`plain-${i}.parquet`)).toEqual([{ ns: 1, us: 2, ms: 3, s: 4, n: 5 }]);
    }
    await write("mixed-1.parquet", arrow);
    await write("mixed-2.parquet", null);
    await expect(read("mixed-*.parquet")).rejects.toEqual(failure("data-type-mismatch", /ns.*different units \(ns, ms\)/));
  });

  test("a DECIMAL is an int only where it is whole, however many digits it has", async () => {
    const write = (value: string) => database.run(`COPY (SELECT ${value} AS id, 'a' AS name) TO '${join(place.folder, "decimal.parquet")}' (FORMAT parquet)`);
    await write("9007199254740993.0::DECIMAL(20, 1)");
    expect(await rows({ format: "parquet", paths: ["decimal.parquet"] }, [column("id", "int")])).toEqual([{ id: 9007199254740993n }]);
    await write("9007199254740993.5::DECIMAL(20, 1)");
    await expect(rows({ format: "parquet", paths: ["decimal.parquet"] }, idName)).rejects.toEqual(failure("data-type-mismatch", /9007199254740993\.5/));
  });

  test("Parquet cut short, or damaged inside", async () => {
    const path = join(place.folder, "whole.parquet");
    await database.run(`COPY (SELECT range AS id, md5(range::VARCHAR) AS name FROM range(20000)) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
    const bytes = readFileSync(path);
    place.file("cut.parquet", bytes.subarray(0, bytes.length / 2));
    place.file("holes.parquet", Buffer.concat([bytes.subarray(0, 50_000), Buffer.alloc(2000), bytes.subarray(52_000)]));
    place.file("gap.parquet", Buffer.concat([bytes.subarray(0, 4), bytes.subarray(-3000)]));
    for (const file of ["cut", "holes", "gap"]) {
      await expect(rows({ format: "parquet", paths: [`${file}.parquet`] }, idName)).rejects.toEqual(failure("data-file-unreadable", new RegExp(`${file}\\.parquet`)));
    }
  });
});

describe.skipIf(data === null)("real data (skipped where MLSPEC_DATA is not there)", () => {
  const adult = ["age:int", "workclass:string?", "fnlwgt:float", "education:string", "education-num:int", "marital-status:string", "occupation:string?", "relationship:string",
    "race:string", "sex:string", "capital-gain:float", "capital-loss:float", "hours-per-week:float", "native-country:string?", "Y:string"]
    .map((text) => text.split(":") as [string, string]).map(([name, kind]) => column(name.replaceAll("-", "_"), kind, { physical: name }));

  test.each([["adult.data", ", ", 32_561], ["adult.test", ", ", 16_281], ["adult.test", null, 16_281]])("Adult: %s", async (file, delimiter, count) => {
    const loaded = await load(csv([`data:adult/${file}`], { delimiter, missing: ["?"] }), adult);
    expect(loaded.rows).toBe(count);
    const [found] = await database.rows(`SELECT count(*) FILTER (workclass IS NULL) AS missing, count(*) FILTER ("Y~1" LIKE ' %') AS spaced, count(*) FILTER (starts_with("Y~1", '>50K')) AS rich FROM ${loaded.table}`);
    expect(found).toEqual(file === "adult.data" ? { missing: 1836, spaced: 0, rich: 7841 } : { missing: 963, spaced: 0, rich: 3846 });
  });

  test("bike sharing, with its time computed from day and hour", async () => {
    const at = call("add", "timestamp", call("timestamp", "timestamp", col("dteday", "date")), call("multiply", "duration", col("hr", "int"), literal("duration", 3_600_000)));
    const loaded = await load(csv(["data:bike_sharing/hour.csv"]), [column("dteday", "date"), column("hr", "int"), column("cnt", "int"), column("temp", "float"), column("at", "timestamp", { value: at })], { time: "at" });
    expect(loaded.rows).toBe(17_379);
    const [found] = await database.rows(`SELECT min("at") AS first, max("at") AS last, sum(cnt) AS cnt FROM ${loaded.table}`);
    expect(found).toEqual({ first: new Date("2011-01-01T00:00:00Z"), last: new Date("2012-12-31T23:00:00Z"), cnt: 3_292_679 });
  });

  test("online retail", async () => {
    const columns = [column("customer", "int?", { physical: "CustomerID" }), column("at", "timestamp", { physical: "InvoiceDate" }), column("price", "float", { physical: "UnitPrice" }), column("quantity", "int", { physical: "Quantity" })];
    const loaded = await load({ format: "parquet", paths: ["data:online_retail/*.parquet"] }, columns, { time: "at" });
    expect(loaded.rows).toBe(525_461);
  });
});
