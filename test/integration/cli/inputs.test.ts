/** What `validate` looks at besides files and folders, and what it writes more than one report of. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mlspec, piped } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

const misspelt = peopleSpec(["standardize(people.age)", "standardize(people.agee)"]);
let shop: Project;
beforeAll(async () => {
  shop = await project();
  await mkdir(join(shop.folder, "specs", "a [1]"), { recursive: true });
  await shop.write("specs/a [1]/deep.mlspec", misspelt);
  await shop.write("specs/top.mlspec", peopleSpec());
  await shop.write("specs/parts.mlspec", "entity shopper { key: id }\n");
});
afterAll(() => shop.remove());
const validate = (...args: readonly string[]) => mlspec(shop.folder, "validate", ...args);
const validateText = (text: string | Uint8Array, ...args: readonly string[]) => piped(shop.folder, text, "validate", ...args);

describe("standard input", () => {
  test("is a spec of the name that is given, its lines are shown, and what it imports is looked for beside that", async () => {
    const clean = await validateText(`import "parts.mlspec"\n${peopleSpec()}`, "-", "--stdin-name", "specs/unsaved.mlspec");
    expect(clean).toMatchObject({ code: 0, out: expect.stringContaining("in 2 files") as string });
    const { code, out } = await validateText(misspelt, "-", "--stdin-name", "specs/top.mlspec");
    expect(code).toBe(1);
    expect(out).toContain("--> specs/top.mlspec:24:");
    expect(out).toContain("age = standardize(people.agee)");
  });

  test("without a name is stdin.mlspec; what is no text is refused", async () => {
    expect((await validateText(misspelt, "-")).out).toContain("--> stdin.mlspec:24:");
    const bytes = await validateText(new Uint8Array([0x66, 0xff, 0xfe]), "-");
    expect({ code: bytes.code, said: bytes.out + bytes.err }).toEqual({ code: 2, said: expect.stringContaining("file-not-utf8") as string });
  });

  test("is not watched, and has no name without being read", async () => {
    for (const args of [["-", "--watch"], ["people.mlspec", "--stdin-name", "x.mlspec"], ["-", "--stdin-name", "x.txt"]]) expect((await validateText("", ...args)).code, args.join(" ")).toBe(2);
  });
});

describe("a glob that the shell has left alone", () => {
  test("names the specs that it matches", async () => {
    const { out } = await validate("specs/**/*.mlspec", "--json");
    expect((JSON.parse(out) as { files: string[] }).files.map((file) => file.slice(shop.folder.length + 1)).sort()).toEqual(["specs/a [1]/deep.mlspec", "specs/parts.mlspec", "specs/top.mlspec"]);
    expect((await validate("specs/{top,parts}.mlspec")).out).toContain("no problems in 2 files");
    expect((await validate("specs/a [1]/deep.mlspec")).code).toBe(1);
  });

  test("that matches nothing is told as a path that is not there", async () => {
    const { code, out } = await validate("specs/*.mlspecs", "people.mlspec");
    expect(code).toBe(2);
    expect(out).toContain("no spec matches");
  });
});

describe("several reports of one look", () => {
  const read = (name: string) => readFile(join(shop.folder, name), "utf8");

  test("each --format has a file of its own, and one may be printed", async () => {
    const { code, out } = await validate("specs", "--format", "text", "--format", "sarif=out.sarif", "--format", "junit=out.xml");
    expect(code).toBe(1);
    expect(out).toMatch(/1 error in 3 files/);
    expect(JSON.parse(await read("out.sarif"))).toMatchObject({ version: "2.1.0" });
    expect(await read("out.xml")).toContain("<testsuites");
    const quiet = await validate("specs", "--format", "sarif=only.sarif");
    expect(quiet).toMatchObject({ code: 1, out: "", err: expect.stringContaining("1 error") as string });
    expect((await validate("specs", "--json", "--format", "github=notes.txt")).out).toMatch(/^\{/);
    expect(await read("notes.txt")).toContain("::error ");
  });

  test("two of them cannot share a place; a format that there is not is refused with those that there are", async () => {
    for (const args of [["--format", "text", "--format", "json"], ["--format", "text=a.txt", "--format", "json=./a.txt"], ["--format", "json=a.txt", "--output", "b.txt"]]) {
      const { code, err } = await validate("specs", ...args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(err).toContain("error[bad-argument]");
    }
    const { code, err } = await validate("specs", "--format", "xml");
    expect(code).toBe(2);
    expect(err).toContain("text, json, sarif, github, junit");
  });
});
