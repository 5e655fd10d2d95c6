import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * What `data:` paths start from: the folder named, else the nearest `shared/data` beside the spec or above it. Undefined when there is
 * none: reading then says how to name one.
 */
export function dataFolder(named: string | undefined, spec: string): string | undefined {
  if (named !== undefined) return resolve(named);
  for (let folder = dirname(spec), below = ""; folder !== below; below = folder, folder = dirname(folder)) {
    const found = join(folder, "shared", "data");
    if (existsSync(found)) return found;
  }
  return undefined;
}
