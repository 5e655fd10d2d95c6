/** `mlspec predict`: what the server would answer, for a whole file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { events, mlspec, start, type Result } from "./mlspec.ts";
import { csv, people, peopleSpec, project, type Project } from "./people.ts";
import { post } from "./traffic.ts";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

let shop: Project;
let version = "";
beforeAll(async () => {
  // What is missing is written as ?, the income has another name in the file, and the age is computed of another column.
  const rows = people().map((row) => ({ ...row, city: row.city === "" ? "?" : row.city }));
  shop = await project({
    "people.mlspec": peopleSpec(['csv("people.csv")', 'csv("people.csv", missing: ["?"])'], ["age: int, city", 'years: int from "age", age: int = years + 1, city'], ["income: float", 'income: float from "yearly-income"'], ["exclude: [people.bought", "exclude: [people.years, people.bought"]),
    "people.csv": csv(rows).replace("income", "yearly-income"),
  });
  const run = await mlspec(shop.folder, "run", "people.mlspec");
  expect(run, run.err).toMatchObject({ code: 0 });
  [version = ""] = await shop.versions();
});
afterAll(() => shop.remove());

async function withInput(input: string | Readable, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { cwd: shop.folder, env: { ...process.env, NO_COLOR: "1", ...env } });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => undefined);
  (typeof input === "string" ? Readable.from([input]) : input).pipe(child.stdin);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

interface Line {
  readonly row: number;
  readonly prediction: number;
}

test("a file that is damaged far down is no shorter file", async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `${20 + (i % 50)},Berlin,${1000 + i}`);
  await writeFile(join(shop.folder, "torn.csv"), `age,city,yearly-income\n${rows.join("\n")}\n30,Berlin,1000,and,more\n`);
  const { code, err } = await mlspec(shop.folder, "predict", "people.mlspec", "--input", "torn.csv", "--output", "torn-predictions.csv");
  expect(code, err).toBe(2);
  expect(err).toMatch(/error\[data-file-unreadable\]: .*torn\.csv, line 60002/);
  expect(existsSync(join(shop.folder, "torn-predictions.csv"))).toBe(false);
});

test("gives what the server gives for the same rows, read as the examples are read", async () => {
  const file = await mlspec(shop.folder, "predict", "people.mlspec", "--input", "people.csv", "--json");
  expect(file, file.err).toMatchObject({ code: 0 });
  expect(file.err).toContain(`3000 rows predicted by buyer ${version} (the newest)`);
  const predicted = events<Line>(file.out);
  expect(predicted.map(({ row }) => row)).toEqual(people().map((_, i) => i + 1));
  const server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  try {
    const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    const rows = people(200).map((row) => ({ age: Number(row.age) + 1, city: row.city === "" ? null : row.city, income: Number(row.income) }));
    const { body } = await post(url, "/predict", { rows });
    const { predictions } = body as unknown as { readonly predictions: readonly { readonly prediction: number }[] };
    expect(predicted.slice(0, 200).map(({ prediction }) => prediction)).toEqual(predictions.map(({ prediction }) => prediction));
    // While it is served, and of what is live.
    const live = await mlspec(shop.folder, "predict", "people.mlspec", "--input", "people.csv", "--version", version.slice(0, 4), "--output", "out.csv");
    expect(live).toMatchObject({ code: 0, out: "" });
    expect((await readFile(join(shop.folder, "out.csv"), "utf8")).split("\n").slice(0, 2)).toEqual(["row,prediction", `1,${predicted[0]!.prediction}`]);
    expect((await mlspec(shop.folder, "predict", "people.mlspec", "--input", "people.csv")).err).toContain("(live for answer)");
  } finally {
    server.child.kill("SIGTERM");
    await server.ended;
  }
});

test("standard input: CSV or JSON, by what it begins with; columns that may be missing are told when they are", async () => {
  const fromCsv = await withInput("yearly-income,age,city,what_else\n30000,44,Rome,x\n30000,44,?,y\n", ["predict", "people.mlspec", "--input", "-"]);
  expect(fromCsv, fromCsv.err).toMatchObject({ code: 0 });
  const fromJson = await withInput('[{"income":30000,"age":44,"city":"Rome"},{"income":30000,"age":44}]', ["predict", "people.mlspec", "--input", "-"]);
  expect(fromJson.out).toBe(fromCsv.out);
  const noCity = await withInput("income,age\n30000,44\n", ["predict", "people.mlspec", "--input", "-"]);
  expect(noCity.err).toContain('the file has no "city": missing in every row');
  expect(noCity.out.split("\n")[1]).toBe(`1,${fromCsv.out.split("\n")[2]!.split(",")[1]!}`);
});

test("a file without what the model needs is refused before anything is written, with all that is needed", async () => {
  const { code, out, err } = await withInput("city\nRome\n", ["predict", "people.mlspec", "--input", "-"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("error[column-missing]");
  expect(err).toContain('lacks "age" int, "income" (or "yearly-income") float');
  expect(err).toContain('It reads "age" int, "city" string?, "income" (or "yearly-income") float');
});

test("a value that does not fit, or is missing, is told by its row in the file; no half of an output stays", async () => {
  const rows = Array.from({ length: 6000 }, (_, i) => `${i === 5000 ? "old" : 30},1000`);
  await shop.write("wrong.csv", `age,income\n${rows.join("\n")}\n`);
  const wrong = await mlspec(shop.folder, "predict", "people.mlspec", "--input", "wrong.csv", "--output", "wrong.out.csv");
  expect(wrong.err).toContain("error[input-invalid]");
  expect(wrong.err).toContain('Row 5001 of');
  expect(wrong.err).toContain('"age"');
  expect(wrong.err).not.toContain("old");
  expect((await readdir(shop.folder)).filter((name) => name.startsWith("wrong.out"))).toEqual([]);
  await shop.write("lacks.csv", `age,income\n30,1000\n30,\n`);
  const lacks = await mlspec(shop.folder, "predict", "people.mlspec", "--input", "lacks.csv");
  expect(lacks).toMatchObject({ code: 2 });
  expect(lacks.err).toContain('error[input-missing]: Row 2 of');
});

test("more rows than the memory would hold: half a million through 40 MiB of heap", async () => {
  const block = "30,1000.5,Rome\n".repeat(10_000);
  const rows = Readable.from((function* () { yield "age,income,city\n"; for (let i = 0; i < 50; i++) yield block; })());
  const { code, err } = await withInput(rows, ["predict", "people.mlspec", "--input", "-", "--output", "many.csv"], { NODE_OPTIONS: "--max-old-space-size=40" });
  expect(code, err).toBe(0);
  expect(err).toContain("500000 rows predicted");
  expect((await readFile(join(shop.folder, "many.csv"), "utf8")).trimEnd().split("\n").at(-1)).toMatch(/^500000,/);
});

test("what cannot be is refused: no such file, version or model, the rows themselves as the output", async () => {
  const refused = async (...args: readonly string[]): Promise<string> => /error\[([a-z-]+)\]/.exec((await mlspec(shop.folder, "predict", ...args)).err)?.[1] ?? "nothing";
  expect(await refused("people.mlspec", "--input", "nowhere.csv")).toBe("data-file-missing");
  expect(await refused("people.mlspec", "--input", "people.csv", "--version", "ffff")).toBe("version-unknown");
  expect(await refused("people.mlspec", "--input", "people.csv", "--model", "byer")).toBe("not-declared");
  expect(await refused("people.mlspec", "--input", "people.csv", "--output", "people.csv")).toBe("bad-argument");
  expect(await refused("nowhere.mlspec", "--input", "people.csv")).toBe("file-not-found");
  expect(await refused("people.mlspec", "--input", "people.csv", "--state", "empty")).toBe("nothing-registered");
  expect(existsSync(join(shop.folder, "people.csv"))).toBe(true);
});
