/** A secret that the server makes for itself, once, in a file that only its owner may read. */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../registry/files.ts";

/** 256 random bits in base64url, on a line. The file comes into being whole; one that is there stays as it is. */
export function ensureSecretFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const own = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(own, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    chmodSync(own, 0o600);
    linkSync(own, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
}
