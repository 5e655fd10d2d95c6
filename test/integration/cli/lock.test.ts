import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { takeLock } from "../../../runtime/pipeline/lock.ts";
import { unreaped } from "../rollout/zombie.ts";

const folder = mkdtempSync(join(tmpdir(), "mlspec-lock-"));
const path = join(folder, "training.lock");
afterAll(() => rmSync(folder, { recursive: true }));

test("a lock keeps others out while its process lives, and leaves nothing behind but the empty file that the system locks", async () => {
  const other = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
  writeFileSync(path, String(other.pid));
  expect(() => takeLock(path, "training of buyer")).toThrowError(`process ${other.pid} is working on training of buyer already`);
  other.kill();
  await once(other, "exit");
  const lock = takeLock(path, "training of buyer");
  expect(readdirSync(folder)).toEqual(["training.lock", "training.lock.held"]);
  lock.release();
  expect(readdirSync(folder)).toEqual(["training.lock.held"]);
});

test.each(["", "not a number", "-1"])("a lock that says '%s' is nobody's", (content) => {
  writeFileSync(path, content);
  takeLock(path, "training").release();
  expect(readdirSync(folder)).toEqual(["training.lock.held"]);
});

test.runIf(process.platform === "linux")("a lock of a process that has ended is nobody's, though its parent has not asked for it", async () => {
  const zombie = await unreaped("true");
  try {
    writeFileSync(path, String(zombie.pid));
    takeLock(path, "training").release();
  } finally {
    await zombie.end();
  }
});

test.runIf(process.platform === "linux")("a lock of an earlier process whose id another one has now is nobody's", () => {
  writeFileSync(path, `${process.ppid} an-earlier-boot:1`);
  takeLock(path, "training").release();
});

test.runIf(process.platform === "linux")("a lock says which of the processes of its id took it", () => {
  const lock = takeLock(path, "training");
  expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} [0-9a-f-]{36}:[0-9]+ - pid:\\[[0-9]+\\]@.+$`));
  lock.release();
});
