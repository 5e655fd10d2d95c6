import { join } from "node:path";
import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { workspace } from "./spec-builder.ts";

const place = workspace();
afterAll(() => { place.remove(); });

describe("batches", () => {
  test("carry every type, with validity, in batches of the size asked for", async () => {
    using database = await openDatabase();
    const sql = `SELECT range AS i, range / 2e0 AS f, range % 2 = 0 AS b, 's' || range AS s, TIMESTAMP '2024-01-01' + to_seconds(range) AS t, DATE '1970-01-02' AS d,
      CASE WHEN range % 3 <> 0 THEN range END AS n, CAST(1.25 AS DECIMAL(9, 2)) AS m FROM range(5000)`;
    const sizes: number[] = [];
    let next = 0n;
    for await (const batch of database.batches(sql, { rows: 1500 })) {
      sizes.push(batch.rows);
      const [i, f, b, s, t, d, n, m] = batch.columns;
      expect(batch.columns.map((c) => c.kind)).toEqual(["int", "float", "bool", "string", "int", "int", "int", "float"]);
      for (let row = 0; row < batch.rows; row++, next++) {
        const at = Number(next);
        expect([i?.values[row], f?.values[row], b?.values[row], s?.values[row], d?.values[row], m?.values[row]]).toEqual([next, at / 2, at % 2 === 0 ? 1 : 0, `s${at}`, 86_400_000_000n, 1.25]);
        expect(t?.values[row]).toBe(BigInt(Date.UTC(2024, 0, 1)) * 1000n + next * 1_000_000n);
        expect(n?.valid?.[row]).toBe(at % 3 === 0 ? 0 : 1);
      }
      expect(i?.valid).toBeNull();
    }
    expect(sizes).toEqual([1500, 1500, 1500, 500]);
  });

  test("end with the error that ends the query, not as if there were no more rows", async () => {
    using database = await openDatabase();
    const read = async (): Promise<number> => {
      let rows = 0;
      for await (const batch of database.batches("SELECT CASE WHEN range = 150000 THEN error('torn in the middle') ELSE range END AS i FROM range(200000)", { rows: 1000 })) rows += batch.rows;
      return rows;
    };
    await expect(read()).rejects.toThrow(/torn in the middle/);
  });

  test("keep the order that the query asks for", async () => {
    using database = await openDatabase();
    await database.run("CREATE TABLE shuffled AS SELECT range AS i FROM range(300000) ORDER BY md5(range::VARCHAR)");
    let next = 0;
    for await (const { rows, columns: [i] } of database.batches("SELECT i FROM shuffled ORDER BY i", { rows: 4096 })) {
      for (let row = 0; row < rows; row++) if (Number(i?.values[row]) !== next++) throw new Error(`row ${next} is out of order`);
    }
    expect(next).toBe(300_000);
  });

  test("may be left early, and other statements run meanwhile", async () => {
    using database = await openDatabase();
    for await (const batch of database.batches("SELECT range AS i FROM range(10000000)", { rows: 100 })) {
      expect(batch.rows).toBe(100);
      expect(await database.rows("SELECT 1 AS one")).toEqual([{ one: 1 }]);
      break;
    }
    expect(await database.rows("SELECT 2 AS two")).toEqual([{ two: 2 }]);
  });
});

describe("rows", () => {
  test("are plain objects, with parameters bound, not spliced", async () => {
    using database = await openDatabase();
    expect(await database.rows("SELECT $1 AS a, $2 AS b, [1, 2] AS list, {x: 1} AS struct, TIMESTAMP '2024-01-01' AS t", ["'; DROP", null]))
      .toEqual([{ a: "'; DROP", b: null, list: [1, 2], struct: { x: 1 }, t: new Date("2024-01-01") }]);
  });

  test("run says how many rows it wrote", async () => {
    using database = await openDatabase();
    expect(await database.run(`COPY (SELECT * FROM range(7)) TO '${join(place.folder, "seven.parquet")}' (FORMAT parquet)`)).toBe(7);
  });
});

describe("limits", () => {
  test("an abort stops a statement, and a signal that is aborted already starts none", async () => {
    using database = await openDatabase({ threads: 1 });
    const controller = new AbortController();
    const long = database.rows("SELECT count(*) FROM range(100000000) a, range(100000) b", [], { signal: controller.signal });
    controller.abort();
    await expect(long).rejects.toMatchObject({ code: "cancelled" });
    await expect(database.rows("SELECT 1", [], { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(await database.rows("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("what does not fit into memory spills to the temporary folder, and says so when it may not", async () => {
    const spill = join(place.folder, "spill");
    const sql = "SELECT count(*) AS n FROM (SELECT md5(range::VARCHAR) AS m FROM range(3000000) ORDER BY m)";
    {
      using database = await openDatabase({ memoryBytes: 60 * 2 ** 20, threads: 1, tempFolder: spill });
      expect(await database.rows(sql)).toEqual([{ n: 3_000_000 }]);
    }
    expect(existsSync(spill)).toBe(false);
    using database = await openDatabase({ memoryBytes: 10 * 2 ** 20, threads: 1, tempFolder: spill });
    await database.run("SET max_temp_directory_size = '1MB'");
    await expect(database.run("CREATE TABLE big AS SELECT md5(range::VARCHAR) AS m FROM range(3000000) ORDER BY m")).rejects.toMatchObject({ code: expect.stringMatching(/data-out-of-memory|disk-full/) as unknown });
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk is called that", async () => {
    using database = await openDatabase();
    await expect(database.run("COPY (SELECT md5(range::VARCHAR) FROM range(1000000)) TO '/dev/full' (FORMAT csv)")).rejects.toMatchObject({ code: "disk-full" });
  });

  test("extensions are neither fetched nor loaded on their own", async () => {
    using database = await openDatabase();
    await expect(database.rows("SELECT * FROM read_csv('https://example.invalid/x.csv')")).rejects.toMatchObject({ code: "extension-not-available" });
  });
});
