/** Disks of a test's own, where this user may mount one. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../../runtime/registry/files.ts";

export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes. */
  fill(left: number): void;
  empty(): void;
  readOnly(): void;
  writable(): void;
  remove(): void;
}

/** A file system of that size, or null where this user may not mount one. */
export function smallDisk(megabytes: number): SmallDisk | null {
  if (process.platform !== "linux") return null;
  const folder = mkdtempSync(join(tmpdir(), "mlspec-disk-"));
  const mount = (...args: string[]): void => void execFileSync("mount", [...args, folder], { stdio: "ignore" });
  try {
    mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs");
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const ballast = join(folder, "ballast");
  const empty = (): void => rmSync(ballast, { force: true });
  return {
    folder, empty,
    fill(left) {
      empty();
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(ballast, new Uint8Array(Math.max(0, Number(bavail) * Number(bsize) - left)));
      } catch (error) {
        // A server that writes meanwhile has taken some of it: the disk is as full as it was to be.
        if (left > 0 || codeOf(error) !== "ENOSPC") throw error;
      }
    },
    readOnly: () => mount("-o", "remount,ro"),
    writable: () => mount("-o", "remount,rw"),
    remove() {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
