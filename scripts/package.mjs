// `npm run package [-- --target linux-arm64]`: a .vsix with only that platform's native files, that needs nothing else on
// the machine. Without a target, for this machine.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, must, node, root } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

const targets = ["linux-x64", "linux-arm64", "darwin-arm64", "win32-x64"];
const here = `${process.platform}-${process.arch}`;
const flag = process.argv.indexOf("--target");
const target = flag === -1 ? here : process.argv[flag + 1];
if (!targets.includes(target)) {
  process.stderr.write(`There is no package for ${target ?? "(nothing)"}; there are ${targets.join(", ")}: the platforms of ONNX Runtime's own binaries.\n`);
  process.exit(2);
}
const [os, cpu] = target.split("-");

await setup();
const stage = join(root, "dist", "stage", target);
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });

await must(node(), ["esbuild.mjs", "--production", "--out", join(stage, "dist")]);
for (const name of ["package.json", "language-configuration.json", "media", "snippets", "syntaxes", "walkthrough"]) cpSync(join(root, "extension", name), join(stage, name), { recursive: true });
for (const name of ["README.md", "LICENSE"]) if (existsSync(join(root, name))) cpSync(join(root, name), join(stage, name));
stampVersion();
copyNatives(await nativeModules());

const out = join(root, "dist", `mlspec-${target}.vsix`);
// Modules lie in dist/node_modules, where vsce neither looks for dependencies nor leaves anything out.
await must(join(bin, "vsce"), ["package", "--target", target, "--no-dependencies", "--skip-license", "--allow-missing-repository", "--no-rewrite-relative-links", "--out", out], { cwd: stage, quiet: true });
rmSync(join(root, "dist", "stage"), { recursive: true, force: true });
process.stdout.write(`${out} (${(statSync(out).size / 2 ** 20).toFixed(0)} MiB): install it with \`code --install-extension ${out}\`\n`);

/** One version for the command line and the extension: that of the root. */
function stampVersion() {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = JSON.parse(readFileSync(join(stage, "package.json"), "utf8"));
  writeFileSync(join(stage, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
}

/** A node_modules folder that has the native packages for the target: ours, or one installed for that platform. */
async function nativeModules() {
  if (target === here) return join(root, "node_modules");
  const folder = join(root, "dist", "natives", target);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const wanted = ["@duckdb/node-api", "onnxruntime-node", "lmdb"].map((name) => `${name}@${dependencies[name]}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  await must("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", `--os=${os}`, `--cpu=${cpu}`, ...wanted], { cwd: folder });
  return join(folder, "node_modules");
}

/** The external packages with what they need at run time, and of their native files only the target's. */
function copyNatives(from) {
  const to = join(stage, "dist", "node_modules");
  // These are used by the packages' installers alone.
  const installersOnly = new Set(["adm-zip", "global-agent", "node-addon-api"]);
  const seen = new Set();
  const copy = (name) => {
    const folder = join(from, name);
    if (seen.has(name) || installersOnly.has(name) || !existsSync(folder)) return;
    seen.add(name);
    cpSync(folder, join(to, name), { recursive: true, dereference: true, filter: (path) => wanted(path.slice(folder.length + 1)) });
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const each of [...Object.keys(dependencies), ...Object.keys(optionalDependencies).filter((each) => each.includes(target))]) copy(each);
  };
  for (const name of ["@duckdb/node-api", "onnxruntime-node", "lmdb"]) copy(name);
  // npm leaves out an optional package that it cannot get without a word; a package without it would install and never run.
  const missing = [`@duckdb/node-bindings-${target}`, `@lmdb/lmdb-${target}`, `onnxruntime-node/bin/napi-v6/${os}/${cpu}`].filter((name) => !existsSync(join(to, name)));
  if (missing.length > 0) {
    process.stderr.write(`No package for ${target}: ${missing.join(", ")} could not be installed. Does the npm registry in use have it?\n`);
    process.exit(1);
  }
}

function wanted(path) {
  if (/\.(d\.[cm]?ts|ts|map|md|markdown|cc|cpp|c|h|gyp|gypi)$/i.test(path) || /(^|\/)(test|tests|benchmark|docs|examples|src|dict)(\/|$)/.test(path)) return /^LICENSE/i.test(path);
  // LMDB's builds against one version of Node's own interface, and for musl: its Node-API build runs everywhere that DuckDB does.
  if (/(^|\/)node\.abi\d+\.|\.musl\.node$/.test(path) || /^dependencies(\/|$)/.test(path)) return false;
  const native = /^bin\/napi-v\d+\/([^/]+)\/([^/]+)/.exec(path);
  const platform = /^bin\/napi-v\d+\/([^/]+)$/.exec(path);
  if (native) return native[1] === os && native[2] === cpu;
  if (platform) return platform[1] === os;
  return true;
}
