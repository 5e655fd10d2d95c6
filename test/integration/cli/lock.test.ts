import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { takeLock } from "../../../runtime/pipeline/lock.ts";

const folder = mkdtempSync(join(tmpdir(), "mlspec-lock-"));
const path = join(folder, "training.lock");
afterAll(() => rmSync(folder, { recursive: true }));

test("a lock keeps others out while its process lives, and leaves nothing behind", async () => {
  const other = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
  writeFileSync(path, String(other.pid));
  expect(() => takeLock(path, "training of buyer")).toThrowError(`process ${other.pid} is working on training of buyer already`);
  other.kill();
  await once(other, "exit");
  const lock = takeLock(path, "training of buyer");
  expect(readdirSync(folder)).toEqual(["training.lock"]);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each(["", "not a number", "-1"])("a lock that says '%s' is nobody's", (content) => {
  writeFileSync(path, content);
  takeLock(path, "training").release();
  expect(readdirSync(folder)).toEqual([]);
});
