// Installs code-server into .tools/ for the editor tests. Kept out of the project's own dependencies: it is large, and it
// needs its install scripts, which build against Kerberos (Debian: libkrb5-dev, make, g++, python3).
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bin, environment, must, root } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

const version = "4.139.1";
const folder = join(root, ".tools", "code-server");

await setup();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
process.stderr.write(`Installing code-server ${version} into .tools/ …\n`);
const install = ["install", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error", `code-server@${version}`];
await must("npm", install, { cwd: folder, quiet: true, env: { ...environment(), ...headers() } });

/** The headers that native modules are built against: those of the project's own Node, or node-gyp would download some. */
function headers() {
  const home = dirname(dirname(realpathSync(join(bin, "node"))));
  return existsSync(join(home, "include", "node", "node.h")) ? { npm_config_nodedir: home } : {};
}
