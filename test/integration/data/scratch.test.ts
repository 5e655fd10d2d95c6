import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Scratch } from "../../../runtime/data/scratch.ts";
import { transcode } from "../../../runtime/data/transcode.ts";

test.skipIf(!existsSync("/dev/full"))("a file that does not fit on the disk says so, whatever wrote it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-scratch-"));
  const scratch = new Scratch(folder);
  try {
    writeFileSync(join(folder, "data.csv"), "x,y\n".repeat(100_000));
    const full = scratch.file("data.csv in latin-1", "data.csv", () => transcode(join(folder, "data.csv"), "windows-1252", "/dev/full"));
    await expect(full).rejects.toMatchObject({ code: "disk-full", message: expect.stringContaining("data.csv") as unknown });
  } finally {
    scratch.clear();
    rmSync(folder, { recursive: true });
  }
});
