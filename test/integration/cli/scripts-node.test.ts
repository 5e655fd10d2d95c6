/** `npm run mlspec` where npm could not bring a Node for the platform: the machine's own does it if it can, else it is told what is needed. */
import { createHash } from "node:crypto";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const folder = mkdtempSync(join(tmpdir(), "scripts-node-"));

/** The scripts of this checkout over a program that says which Node runs it; everything is installed but a Node. */
beforeAll(() => {
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  cpSync(join(root, "package-lock.json"), join(folder, "package-lock.json"));
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
  mkdirSync(join(folder, "dist", "cli"), { recursive: true });
  writeFileSync(join(folder, "node_modules", ".mlspec-installed"), `${createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex")} full`);
  writeFileSync(join(folder, "dist", "cli", "main.mjs"), "console.log(process.versions.node);");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mlspec(node: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => execFile(node, [join(folder, "scripts", "mlspec.mjs")], (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err })));
}

const versionOf = (node: string): string => execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
const old = (process.env["PATH"] ?? "").split(delimiter).map((each) => join(each, "node")).filter((node) => existsSync(node)).find((node) => /^v(20|21)\./.test(versionOf(node)));

describe("npm run mlspec without a Node of the project's", () => {
  test("runs on the one that started it", async () => expect(await mlspec(process.execPath)).toEqual({ code: 0, out: `${process.versions.node}\n`, err: "" }));

  test.skipIf(old === undefined)("on one that is too old: exit 2 and what is needed", async () => {
    const { code, out, err } = await mlspec(old ?? "");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("needs Node 22.18 or later");
    expect(err).not.toContain("    at ");
  });
});
