// Installs code-server into .tools/ for the editor tests. Kept out of the project's own dependencies: it is large, and it
// needs its install scripts, which build against Kerberos (Debian: libkrb5-dev, make, g++, python3).
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, root } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

const version = "4.139.1";
const folder = join(root, ".tools", "code-server");

await setup();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
process.stderr.write(`Installing code-server ${version} into .tools/ …\n`);
await must("npm", ["install", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error", `code-server@${version}`], { cwd: folder, quiet: true });
