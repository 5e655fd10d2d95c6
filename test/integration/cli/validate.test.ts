import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mlspec, start } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

const misspelt = peopleSpec(["standardize(people.age)", "standardize(people.agee)"]);
/** Valid, and yet nothing judges the model: a warning. */
const unjudged = peopleSpec(["  require auc >= 0.6\n", ""]);

let shop: Project;
beforeAll(async () => {
  shop = await project();
  await shop.write("misspelt.mlspec", misspelt);
  await mkdir(join(shop.folder, "more", "node_modules"), { recursive: true });
  await shop.write("more/unjudged.mlspec", unjudged);
  await shop.write("more/node_modules/other.mlspec", "this is not ours {");
});
afterAll(() => shop.remove());
const validate = (...args: string[]) => mlspec(shop.folder, "validate", ...args);

describe("exit codes", () => {
  test("0: clean", async () => {
    const { code, out } = await validate("people.mlspec");
    expect(code).toBe(0);
    expect(out).toMatch(/^no problems in 1 file in \d+\.\d s\n$/);
  });

  test("1: errors, each with its place, the line, and what was probably meant", async () => {
    const { code, out } = await validate("misspelt.mlspec");
    expect(code).toBe(1);
    expect(out).toContain("--> misspelt.mlspec:24:");
    expect(out).toContain("age = standardize(people.agee)");
    expect(out).toMatch(/did you mean `?(people\.)?age`?\?/i);
    expect(out).toMatch(/1 error.* in 1 file/);
  });

  test("2: there is nothing to check", async () => {
    for (const path of ["absent.mlspec", "people.csv/"]) expect((await validate(path)).code).toBe(2);
    await mkdir(join(shop.folder, "empty"), { recursive: true });
    const { code, err } = await validate("empty");
    expect(code).toBe(2);
    expect(err).toContain("error[no-specs]");
  });

  test("2: one of the paths names no spec; the others have their results, in every format", async () => {
    const paths = ["misspelt.mlspec", "absent.mlspec", "people.csv"];
    const told = await validate(...paths);
    expect(told.code).toBe(2);
    for (const part of ["error[file-not-found]", "error[not-a-spec]", "--> misspelt.mlspec:24:", "in 3 files"]) expect(told.out).toContain(part);
    for (const format of ["json", "sarif", "github", "junit"]) {
      const { code, out } = await validate(...paths, "--format", format);
      expect({ format, code }).toEqual({ format, code: 2 });
      for (const part of ["file-not-found", "absent.mlspec", "not-a-spec", "misspelt.mlspec"]) expect(out, format).toContain(part);
    }
  });

  test("a warning is none, unless --strict says so", async () => {
    const lenient = await validate("more/unjudged.mlspec");
    expect(lenient.code).toBe(0);
    expect(lenient.out).toContain("warning[no-evaluation-gate]");
    expect((await validate("more/unjudged.mlspec", "--strict")).code).toBe(1);
  });

  test.each<[string, RegExp]>([
    ["text", /error\[no-evaluation-gate\][^]*hint: .*Without --strict this is a warning\.[^]*\n1 error in 1 file/],
    ["json", /"errors": 1,\s+"warnings": 0,[^]*"severity": "error"[^]*Without --strict this is a warning\./],
    ["sarif", /"level": "error"[^]*Without --strict this is a warning\./],
    ["github", /^::error .*Without --strict this is a warning\.\n$/],
    ["junit", /failures="1"[^]*<failure type="no-evaluation-gate"[^]*Without --strict this is a warning\./],
  ])("with --strict a warning is an error in %s, too, and it says why", async (format, wanted) => {
    const { code, out } = await validate("more/unjudged.mlspec", "--strict", "--format", format);
    expect(out).toMatch(wanted);
    expect(code).toBe(1);
  });
});

test("a folder stands for every spec below it, but not for what packages bring", async () => {
  const { code, out } = await validate(".", "--format", "json");
  expect(code).toBe(1);
  const report = JSON.parse(out) as { summary: object; files: string[] };
  expect(report.files.map((file) => file.slice(shop.folder.length + 1)).sort()).toEqual(["misspelt.mlspec", "more/unjudged.mlspec", "people.mlspec"]);
  expect(report.summary).toMatchObject({ files: 3, errors: 1 });
});

test("--output writes the report there, whole, and says the outcome on standard error", async () => {
  const { code, out, err } = await validate("misspelt.mlspec", "--format", "json", "--output", "report.json");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("1 error");
  expect(JSON.parse(await readFile(join(shop.folder, "report.json"), "utf8"))).toMatchObject({ summary: { errors: 1 } });
});

test("--output into a folder that is not there: exit 2, and no report", async () => {
  const { code, err } = await validate("people.mlspec", "--output", "absent/report.txt");
  expect(code).toBe(2);
  expect(err).toContain("absent/report.txt");
  expect(err).not.toContain("defect of MLSpec");
  expect(existsSync(join(shop.folder, "absent"))).toBe(false);
});

describe("formats that other tools read", () => {
  test("json: one object with every problem's range", async () => {
    const { problems } = JSON.parse((await validate("misspelt.mlspec", "--format", "json")).out) as { problems: unknown[] };
    expect(problems).toEqual([expect.objectContaining({ severity: "error", range: { start: { line: 23, character: expect.any(Number) as number }, end: expect.anything() as object } })]);
  });

  test("sarif: results that point to their rule and into the file", async () => {
    const sarif = JSON.parse((await validate("misspelt.mlspec", "more", "--format", "sarif")).out) as Sarif;
    expect(sarif).toMatchObject({ version: "2.1.0", $schema: expect.stringContaining("sarif-2.1.0") as string });
    const [run] = sarif.runs;
    expect(run?.tool.driver.name).toBe("MLSpec");
    expect(run?.originalUriBaseIds["ROOT"]?.uri).toBe(`${pathToFileURL(shop.folder).href}/`);
    for (const result of run?.results ?? []) {
      expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(result.message.text).not.toBe("");
      const { artifactLocation, region } = result.locations[0]!.physicalLocation;
      expect(existsSync(join(shop.folder, artifactLocation.uri))).toBe(true);
      expect(region.startLine).toBeGreaterThan(0);
      expect(region.startColumn).toBeGreaterThan(0);
    }
    expect(run?.results.map(({ level }) => level)).toEqual(expect.arrayContaining(["error", "warning"]));
    expect(run?.tool.driver.rules.find(({ id }) => id === "no-evaluation-gate")?.help?.text).toContain("no-evaluation-gate");
  });

  test("github: an annotation per problem", async () => {
    const { out } = await validate("misspelt.mlspec", "--format", "github");
    expect(out).toMatch(/^::error file=misspelt\.mlspec,line=24,endLine=24,col=\d+,endColumn=\d+,title=[a-z-]+::.+\n$/);
  });

  test("junit: a failing case for what fails, a passing one for what is clean", async () => {
    const { out } = await validate("misspelt.mlspec", "people.mlspec", "--format", "junit");
    expect(out).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="mlspec validate" tests="2" failures="1"/);
    expect(out).toContain('<testcase classname="people.mlspec" name="is valid"/>');
    expect(out).toMatch(/<failure type="[a-z-]+" message="[^"]+">misspelt\.mlspec:24:\d+: /);
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string; readonly help?: { readonly text: string } }[] } };
    readonly originalUriBaseIds: Readonly<Record<string, { readonly uri: string }>>;
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: { readonly startLine: number; readonly startColumn: number } } }[];
    }[];
  }[];
}

test("--watch outlives its folder, and looks at it again when it is back", async () => {
  const folder = join(shop.folder, "watched");
  const put = async (): Promise<void> => {
    await mkdir(folder);
    await writeFile(join(folder, "one.mlspec"), peopleSpec());
  };
  await put();
  const watching = start(shop.folder, ["validate", "--watch", "watched"]);
  onTestFinished(() => void watching.child.kill("SIGKILL"));
  await watching.line((line) => line.startsWith("no problems in 1 file"));
  await rm(folder, { recursive: true });
  await watching.line((line) => line.includes("file-not-found"));
  await put();
  await expect.poll(() => watching.lines.filter((line) => line.startsWith("no problems in 1 file")).length, { timeout: 20_000 }).toBeGreaterThan(1);
  watching.child.kill("SIGTERM");
  expect((await watching.ended).err).toBe("");
});
