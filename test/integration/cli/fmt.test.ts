/** `mlspec fmt`: the editor's formatter, headless. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mlspec, piped } from "./mlspec.ts";

const untidy = "entity   shopper{key:shopper_id}\r\n\r\n\r\nrole lead {\r\nmembers:[\"a@example.org\"] // one\r\n}";
const tidy = "entity shopper { key: shopper_id }\r\n\r\nrole lead {\r\n  members: [\"a@example.org\"]  // one\r\n}\r\n";

let folder = "";
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "mlspec-fmt-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

test("files and folders are laid out where they lie, line ends, modes and links kept; those that are so already stay untouched", async () => {
  await mkdir(join(folder, "below"));
  await write("below/a.mlspec", untidy);
  await chmod(join(folder, "below", "a.mlspec"), 0o640);
  await write("b.mlspec", tidy);
  await symlink("below/a.mlspec", join(folder, "link.mlspec"));
  const before = await stat(join(folder, "b.mlspec"));
  expect(await mlspec(folder, "fmt", "link.mlspec", "b.mlspec")).toMatchObject({ code: 0, out: "link.mlspec\n", err: "1 file of 2 changed\n" });
  expect(await read("below/a.mlspec")).toBe(tidy);
  expect((await stat(join(folder, "below", "a.mlspec"))).mode & 0o777).toBe(0o640);
  expect((await stat(join(folder, "b.mlspec"))).mtimeMs).toBe(before.mtimeMs);
  expect(await mlspec(folder, "fmt", ".")).toMatchObject({ code: 0, out: "" });
  expect(await readdir(join(folder, "below"))).toEqual(["a.mlspec"]);
});

test("--check changes nothing, lists what would change, and exits with 1; with 0 when nothing would", async () => {
  await write("a.mlspec", untidy);
  await write("b.mlspec", tidy);
  expect(await mlspec(folder, "fmt", "--check", ".")).toMatchObject({ code: 1, out: "a.mlspec\n", err: "1 file of 2 would change\n" });
  expect(await read("a.mlspec")).toBe(untidy);
  expect(await mlspec(folder, "fmt", "--check", "b.mlspec")).toMatchObject({ code: 0, out: "" });
});

test("a file with a syntax error stays as it is and is told with its line; the others are laid out", async () => {
  await write("a.mlspec", untidy);
  await write("broken.mlspec", "entity shopper {\n  key shopper_id\n}\n");
  const { code, err } = await mlspec(folder, "fmt", ".");
  expect(code).toBe(1);
  expect(err).toContain("error[spec-invalid]");
  expect(err).toContain("broken.mlspec:2");
  expect(await read("broken.mlspec")).toBe("entity shopper {\n  key shopper_id\n}\n");
  expect(await read("a.mlspec")).toBe(tidy);
});

test("what is not there or no spec is told, and the others are laid out", async () => {
  await write("a.mlspec", untidy);
  await write("notes.txt", "x");
  const { code, err } = await mlspec(folder, "fmt", "a.mlspec", "gone.mlspec", "notes.txt");
  expect(code).toBe(2);
  expect(err).toContain("error[file-not-found]");
  expect(err).toContain("error[not-a-spec]");
  expect(await read("a.mlspec")).toBe(tidy);
});

test("standard input goes to standard output", async () => {
  expect(await piped(folder, untidy, "fmt", "-")).toEqual({ code: 0, out: tidy, err: "" });
  expect(await piped(folder, untidy, "fmt", "-", "--check")).toMatchObject({ code: 1, out: "" });
  expect(await piped(folder, tidy, "fmt", "-", "--check")).toMatchObject({ code: 0, out: "" });
  const broken = await piped(folder, "entity {", "fmt", "-");
  expect(broken).toMatchObject({ code: 1, out: "" });
  expect(broken.err).toContain("standard input:1");
});
