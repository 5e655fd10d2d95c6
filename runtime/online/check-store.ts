/**
 * Is the store's file whole? LMDB maps it into memory and trusts it, so that a damaged one ends the process by a signal: it is read in a child
 * process first, which may die.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { MlspecError } from "../errors.ts";

/** A damaged tree may have no end. */
const longestMs = 300_000;

/** Runs in the child: reads every entry, writes one and removes it. */
const probe = `
const [library, folder] = process.argv.slice(1);
const { open } = require(library);
const database = open({ path: folder, encoding: "msgpack", noMemInit: true });
let entries = 0;
for (const { value } of database.getRange({})) if (value !== undefined) entries++;
database.transactionSync(() => { database.putSync("probe", entries); database.removeSync("probe"); });
database.close().then(() => process.exit(0), () => process.exit(1));
`;

/** By which people and systems end processes; what a damaged file does to one is another (SIGSEGV, SIGBUS, SIGABRT). */
const told: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);

/** Null when it is whole, or not there yet; else what reading it came to, in words. @throws MlspecError `cancelled`: reading it was ended by somebody, perhaps as this process is. */
export function damageOfStore(folder: string): Promise<string | null> {
  if (!existsSync(join(folder, "data.mdb"))) return Promise.resolve(null);
  const library = createRequire(import.meta.url).resolve("lmdb");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["-e", probe, library, folder], { timeout: longestMs }, (error, _stdout, stderr) => {
      if (error === null) resolve(null);
      // A text is of the system: the child was never started.
      else if (typeof error.code === "string") reject(new Error(`the child that reads the store could not be started: ${error.message}`, { cause: error }));
      else if (error.killed) resolve("reading it does not end");
      else if (typeof error.signal === "string" && told.has(error.signal)) reject(new MlspecError("cancelled", `Reading the online store ${folder} was ended by ${error.signal}.`, { hint: "Start it again." }));
      else if (typeof error.signal === "string") resolve(`reading it ended a process by ${error.signal}`);
      else resolve(/^(?:\w*Error: )(.+)$/m.exec(stderr)?.[1] ?? "it cannot be read");
    });
  });
}
