// Brings a checkout to the point where everything runs: packages, the generated parser, the bundles in dist/. Does only what
// is missing or older than its sources, and says each thing it does. `node scripts/setup.mjs`; imported by the others.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bin, hashOf, must, newest, node, root } from "./lib/steps.mjs";

const say = (text) => process.stderr.write(`${text}\n`);

/** What is installed is kept in a stamp: `full`, or `run` without what only developing needs. */
async function install(wanted) {
  const lock = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".mlspec-installed");
  const [found, what] = existsSync(stamp) ? readFileSync(stamp, "utf8").split(" ") : [];
  if (found === hashOf(lock) && (what === "full" || what === wanted)) return;
  say("Installing packages (npm ci, install scripts off) …");
  const omit = wanted === "full" ? [] : ["--omit=dev"];
  await must("npm", ["ci", ...omit, "--no-audit", "--no-fund", "--loglevel=error"], { quiet: true, env: process.env });
  writeFileSync(stamp, `${hashOf(lock)} ${wanted}`);
}

async function generate() {
  const grammar = join(root, "grammar", "mlspec.langium");
  const generated = join(root, "grammar", "generated");
  if (newest([generated]) >= newest([grammar, join(root, "langium-config.json")])) return;
  mkdirSync(generated, { recursive: true });
  say("Generating the parser …");
  await must(join(bin, "langium"), ["generate"], { quiet: true });
}

async function build() {
  const sources = ["grammar", "language-server", "runtime", "cli", "extension", "esbuild.mjs", "package-lock.json"].map((name) => join(root, name));
  if (newest([join(root, "dist", "cli", "main.mjs")]) >= newest(sources)) return;
  say("Building …");
  await must(node(), ["esbuild.mjs"], { quiet: true });
}

function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 20) return;
  say(`MLSpec needs Node 20 or later to install itself (this is ${process.versions.node}); it then brings its own.`);
  process.exit(2);
}

/** TypeScript is run as it is (the quickstart, tests), which Node does since 22.18. */
function checkOwnNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (node() !== process.execPath || major > 22 || (major === 22 && minor >= 18)) return;
  say(`npm brought no Node for ${process.platform}-${process.arch} (optional dependencies are left out, or there is none), and MLSpec needs Node 22.18 or later; this is ${process.versions.node}.`);
  process.exit(2);
}

/** `run`: enough for every command of `mlspec`. `full`: also for tests, benchmarks and packaging. */
export async function setup(wanted = "full") {
  checkNode();
  await install(wanted);
  checkOwnNode();
  await generate();
  await build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup();
