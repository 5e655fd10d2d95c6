/** `mlspec init`: what it writes validates without a finding and runs, whatever the file looks like. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import type { InitReport } from "../../../cli/init-report.ts";
import { json, mlspec } from "./mlspec.ts";

let folder = "";
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "mlspec-init-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const rows = (count: number, line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join("\n");
const day = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
const german = (i: number): string => day(i).split("-").toReversed().join(".");
/** 0 … 6, not in any order that a hash or a split could follow. */
const mixed = (i: number): number => (i * 7919 + Math.floor(i / 7) * 31) % 7;

/** Each with what must stand in the spec, and what must not. */
const files: Readonly<Record<string, { readonly text: string; readonly args?: readonly string[]; readonly has: readonly string[]; readonly not?: readonly string[] }>> = {
  "plain.csv": { text: `age,income,city,bought\n${rows(400, (i) => `${20 + mixed(i)},${10 + i}.5,${["Rome", "Paris"][i % 2]!},${mixed(i) > 3}`)}`, has: ["bought: bool", "is: bought", 'require city in ["Paris", "Rome"]', "split: by_hash"] },
  // Semicolons, markers of what is missing, names and words that the language has for itself, a German day as event time.
  "messy.csv": {
    text: `day;in;2020 sales;zip code;e-mail;rows;customer_id;sex;left\n${rows(600, (i) => `${german(i)};${i % 9 === 0 ? "NA" : mixed(i)};${i % 5 === 0 ? "?" : `${mixed(i)}.5`};0${1000 + mixed(i)};p${i}@example.org;${i % 3};c${i % 100};${["f", "m"][i % 2]!};${["stayed", "churned"][mixed(i) % 2]!}`)}`,
    has: ['times: ["%d.%m.%Y"]', 'missing: ["?", "NA"]', "time: day", 'in_: int? from "in"', '_2020_sales: float? from "2020 sales"', 'zip_code: string from "zip code"', "@pii", "rows_: int", "customer_id: string  // no feature", "@protected", 'is: left == "churned"', "split: by_time"],
  },
  "noheader.csv": { text: rows(300, (i) => `${mixed(i)},${(i * 1.5).toFixed(1)},${["a", "b", "c"][mixed(i) % 3]!}`), has: ["header: false", "column_1: int", 'fallback usual = "'] },
  // A label that some rows lack, the same in other words, and a column twice.
  "gaps.csv": { text: `x,x,n,grade,grade_text,same\n${rows(500, (i) => `1,2,${i % 37},${i % 4 === 0 ? "," : `${mixed(i) % 2},${["no", "yes"][mixed(i) % 2]!}`},k`)}`, args: ["--label", "grade"], has: ["where not is_null(grade)", "coalesce(grade, false)", "the label in other words", "the same in every row", '"x" stands in the file more than once'] },
  "lines.ndjson": { text: rows(300, (i) => JSON.stringify({ weight: mixed(i) / 2, kind: ["a", "b"][i % 2], price: mixed(i) * 3.25 + 1 })), has: ["read: json(", "price: float", "r2 >= 0.01"] },
  "groups.csv": { text: `patient_id,pressure,sick\n${rows(900, (i) => `h${i % 150},${90 + mixed(i)},${mixed(i) > 2 ? 1 : 0}`)}`, has: ["split: by_group(patient_id", "sick: bool"] },
  "us.csv": { text: `when,zone,target\n${rows(300, (i) => `${1 + (i % 12)}/${1 + (i % 11)}/2024,${mixed(i)},${i * 2.5}`)}`, has: ["when: string", "times that can be read in two ways"], not: ["time: when"] },
};

describe("a first spec", () => {
  test.each(Object.entries(files))("of %s validates without a finding, is laid out as the formatter has it, and runs", async (name, { text, args = [], has, not = [] }) => {
    await writeFile(join(folder, name), `${text}\n`);
    const spec = name.replace(/\.\w+$/, ".mlspec");
    const report = await json<InitReport>(folder, "init", name, ...args, "--json");
    const written = await readFile(join(folder, spec), "utf8");
    for (const each of has) expect(written).toContain(each);
    for (const each of not) expect(written).not.toContain(each);
    expect(report).toMatchObject({ spec: join(folder, spec), findings: 0 });
    expect(await mlspec(folder, "validate", "--strict", spec)).toMatchObject({ code: 0 });
    expect(await mlspec(folder, "fmt", "--check", spec)).toMatchObject({ code: 0 });
    const { code, err, out } = await mlspec(folder, "run", spec, "--until", "train");
    expect(code, written + out + err).toBe(0);
  });

  test("of a Parquet file: the types that it has; lists are not read, and said", async () => {
    using database = await openDatabase();
    await database.run(`COPY (SELECT i AS n, (i % 7)::DOUBLE AS x, TIMESTAMP '2024-01-01' + to_hours(i::INT) AS seen, [i] AS list, i * 7919 % 13 > 5 AS clicked FROM range(500) t(i)) TO '${join(folder, "typed.parquet")}' (FORMAT parquet)`);
    const report = await json<InitReport>(folder, "init", "typed.parquet", "--json");
    expect(report).toMatchObject({ rows: 500, time: "seen", notRead: ["list"], label: { column: "clicked", task: "yes-or-no" }, findings: 0 });
    expect((await mlspec(folder, "run", "typed.mlspec", "--until", "train")).code).toBe(0);
  });

  test("without a file: an example with data of its own, that reaches the registry", async () => {
    const own = await mkdtemp(join(tmpdir(), "mlspec-init-"));
    try {
      const { code, out } = await mlspec(own, "init");
      expect(out).toContain("mlspec run people.mlspec");
      expect(code).toBe(0);
      const run = await mlspec(own, "run", "people.mlspec");
      expect(run, run.err).toMatchObject({ code: 0 });
      expect(run.out).toContain("is registered");
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  });
});

describe("what is there already", () => {
  test("is never overwritten, neither the spec nor the data", async () => {
    await writeFile(join(folder, "kept.csv"), `a,b\n${rows(50, (i) => `${i % 5},${mixed(i)}`)}\n`);
    await writeFile(join(folder, "kept.mlspec"), "// mine\n");
    const again = await mlspec(folder, "init", "kept.csv");
    expect(again).toMatchObject({ code: 2, out: "" });
    expect(again.err).toContain("error[file-exists]");
    expect(await readFile(join(folder, "kept.mlspec"), "utf8")).toBe("// mine\n");
    expect(await mlspec(folder, "init", "kept.csv", "--output", "deep/other.mlspec")).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "deep", "other.mlspec"), "utf8")).toContain('csv("../kept.csv")');
    await writeFile(join(folder, "people.csv"), "mine\n");
    expect((await mlspec(folder, "init")).err).toContain("error[file-exists]");
    expect(await readFile(join(folder, "people.csv"), "utf8")).toBe("mine\n");
  });
});

describe("what cannot be", () => {
  test.each([
    [["no-such.csv"], "data-file-missing", 2],
    [["one.csv"], "nothing-to-learn-from", 1],
    [["two.csv", "--label", "aa"], "unknown-column", 2],
    [["two.csv", "--label", "name"], "nothing-to-learn-from", 1],
    [["two.csv", "--output", "two.txt"], "bad-argument", 2],
    [["void.csv"], "source-empty", 1],
  ])("%s: %s, and nothing is written", async (args, code, exit) => {
    await writeFile(join(folder, "one.csv"), `a\n${rows(30, (i) => String(i % 3))}\n`);
    await writeFile(join(folder, "two.csv"), `a,name\n${rows(60, (i) => `${i % 3},n${i}`)}\n`);
    await writeFile(join(folder, "void.csv"), "a,b\n");
    const result = await mlspec(folder, "init", ...args);
    expect(result.err).toContain(`error[${code}]`);
    expect(result.code).toBe(exit);
    expect(["one.mlspec", "two.mlspec", "void.mlspec", "two.txt"].filter((name) => existsSync(join(folder, name)))).toEqual([]);
  });
});
