/** What is no file that a spec could be in: told at once, whether a command names it or a spec imports it, and never waited for. */
import { execFileSync } from "node:child_process";
import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mlspec, start } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
  await symlink("/dev/zero", join(shop.folder, "zero.mlspec"));
  await mkdir(join(shop.folder, "folder.mlspec"));
  await writeFile(join(shop.folder, "huge.mlspec"), "");
  await truncate(join(shop.folder, "huge.mlspec"), 100 * 1024 * 1024);
  await writeFile(join(shop.folder, "latin.mlspec"), Buffer.from("entity a { key: k }\nentity b { key: caf\xe9 }\n", "latin1"));
  await writeFile(join(shop.folder, "wide.mlspec"), Buffer.from("\uFEFFentity a { key: k }\n", "utf16le"));
  execFileSync("mkfifo", [join(shop.folder, "pipe.mlspec")]);
});
afterAll(() => shop.remove());

const odd: [path: string, why: string, kind: string][] = [
  ["./zero.mlspec", "is no regular file", "file-unreadable"],
  ["./pipe.mlspec", "is no regular file", "file-unreadable"],
  ["./folder.mlspec", "is a folder", "file-unreadable"],
  ["./huge.mlspec", "is larger than the 64 MB that a spec may have", "file-unreadable"],
  ["./latin.mlspec", "is not UTF-8: line 2 has the byte 0xe9 \\(byte 40 of the file\\), where no letter of UTF-8 can be", "file-not-utf8"],
  ["./wide.mlspec", "is UTF-16 \\(little-endian\\), not UTF-8", "file-not-utf8"],
];

describe.each(odd)("%s", (path, why, kind) => {
  test("imported: an error at the import, and the rest of the file is checked", async () => {
    await shop.write("main.mlspec", `import "${path}"\nsource s {\n  read: csv("s.csv")\n  time: nowhere\n  columns { a: int }\n}\n`);
    const { code, out, err } = await mlspec(shop.folder, "validate", "main.mlspec");
    expect({ code, err }).toEqual({ code: 2, err: "" });
    expect(out).toMatch(new RegExp(`error\\[cannot-read\\]: .* ${why}\n {2}--> main.mlspec:1:8`));
    expect(out).toContain("main.mlspec:4:9");
  });

  test("given to a command", async () => {
    const { code, err } = await mlspec(shop.folder, "compile", path);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^error\\[${kind}\\]: .* ${why}`));
  });
});

test("a mark of byte order is no part of a spec", async () => {
  await shop.write("main.mlspec", "\uFEFFentity a { keyy: k }\n");
  const { code, out } = await mlspec(shop.folder, "validate", "main.mlspec");
  expect(code).toBe(1);
  expect(out).toContain("--> main.mlspec:1:12\n  1 | entity a { keyy: k }\n    |            ^^^^");
});

test("a device by its own name is no spec", async () => {
  await shop.write("main.mlspec", 'import "/dev/zero"\n');
  const imported = await mlspec(shop.folder, "validate", "main.mlspec");
  expect(imported.code).toBe(1);
  expect(imported.out).toContain("error[import-not-found]: `/dev/zero` is no spec: the names of specs end in `.mlspec`");
  const named = await mlspec(shop.folder, "compile", "/dev/zero");
  expect(named).toMatchObject({ code: 2, err: expect.stringContaining("error[not-a-spec]: /dev/zero is no spec") as unknown });
});

test("in a folder that is validated, such a file is told and costs no other its results", async () => {
  await shop.write("main.mlspec", "entity e {}\n");
  const { code, out } = await mlspec(shop.folder, "validate", ".");
  expect(code).toBe(2);
  expect(out).toContain("error[missing-property]: `e` has no `key`");
  expect(out).toContain("is larger than the 64 MB");
});

describe("in a folder with links", () => {
  let linked: Project;
  beforeAll(async () => {
    linked = await project();
    await linked.write("main.mlspec", "entity e {}\n");
    await symlink("nowhere.mlspec", join(linked.folder, "x.mlspec"));
  });
  afterAll(() => linked.remove());

  test("one that leads to nothing is told and costs no other its results", async () => {
    const { code, out } = await mlspec(linked.folder, "validate", ".");
    expect(code).toBe(2);
    expect(out).toContain("error[missing-property]: `e` has no `key`");
    expect(out).toMatch(/error\[cannot-read\]: .*x\.mlspec is a link to what is not there/);
  });

  test("one that leads back to itself is told, and the rest is watched", async () => {
    await symlink("loop", join(linked.folder, "loop"));
    const watching = start(linked.folder, ["validate", "--watch", "."]);
    try {
      await watching.line((line) => line.includes("has no `key`"));
      // The watcher says nothing of when it is ready: written until it is heard.
      const writing = setInterval(() => void linked.write("main.mlspec", `entity written {} // ${Date.now()}\n`), 200);
      await watching.line((line) => line.includes("`written` has no `key`")).finally(() => clearInterval(writing));
    } finally {
      watching.child.kill();
    }
    expect((await watching.ended).err).toMatch(/! not all is watched: ELOOP.*loop/);
  });
});
