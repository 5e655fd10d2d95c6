// `npm run mutation`: is the deciding code held by its tests? Stryker changes it in one place at a time (`>` to `>=`, `+` to `-`, a
// text to nothing) and runs the unit tests: a change that no test notices survives. Fails when a file has more survivors than the floor allows.
//   npm run mutation                                         all deciding code (an hour or more)
//   npm run mutation -- runtime/statistics/planning.ts       these files or folders; their survivors are listed
//   npm run mutation -- --fresh …                            forgets earlier runs, whose results are kept for unchanged code and tests
// Stryker is no dependency of the project (180 packages for one script): it is installed into .tools/, where its results are kept too.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { environment, must, node, root, run } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

/** Percent of the changes in each file that the tests must notice. */
const floor = 92;
/** Code whose mistakes release a bad model, or hide one. */
const deciding = [
  "runtime/rollout/decide.ts", "runtime/rollout/evidence.ts", "runtime/rollout/label-evidence.ts", "runtime/rollout/outcome-coverage.ts",
  "runtime/rollout/latency-evidence.ts", "runtime/rollout/share-evidence.ts", "runtime/rollout/verdict.ts", "runtime/evaluation/judge.ts",
  "runtime/statistics", "language-server/checks", "language-server/analysis/planning.ts", "language-server/analysis/bounds.ts", "language-server/analysis/demands.ts",
];
/** The tests in `test/unit` that hold a file of the language server: that of its name, with the explanations, or these. The fewer, the quicker and the stricter. */
const heldBy = {
  "analysis/bounds": ["requirement-implied", "requirements-contradict"], "analysis/demands": ["requirement-implied", "requirements-contradict"],
  "analysis/planning": ["planning", "stage-underpowered"], "checks/example": ["explain"], "checks/index": ["explain"], "checks/facts": ["pii-reaches-model", "run-checks"],
  "checks/served": ["feature-not-online", "no-evaluation-gate"], "checks/unused-suppression": ["explain", "run-checks"],
};
function testsOf(file) {
  if (!file.startsWith("language-server/")) return ["statistics/*", "evaluation/*", "rollout/*", "checks/*"];
  const own = basename(file, ".ts");
  const names = heldBy[file.slice("language-server/".length, -".ts".length)] ?? (existsSync(join(root, "test", "unit", "checks", `${own}.test.ts`)) ? [own, "explain"] : ["*"]);
  return names.map((name) => `checks/${name}`);
}
const version = "10.1.1";
const folder = join(root, ".tools", "mutation");
const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8);

const args = process.argv.slice(2);
const named = args.filter((each) => !each.startsWith("--"));
await setup();
await install();
const wanted = named.length > 0 ? named.map((path) => relative(root, resolve(path))) : deciding;
const all = wanted.flatMap((path) => (statSync(join(root, path)).isDirectory() ? readdirSync(join(root, path), { recursive: true }).map((name) => `${path}/${name}`) : [path])).filter((file) => /(?<!\.d)\.ts$/.test(file));
const files = {};
for (const [tests, held] of Map.groupBy(all, (file) => testsOf(file).join())) Object.assign(files, await mutate(held, tests));
process.exit(tell(files));

/** What became of each change, by file. What ran out of time is tried once more, alone and with more time: a busy machine is no loop without end. */
async function mutate(held, tests) {
  const [incremental, report, configFile] = ["incremental", "report", "stryker"].map((what) => join(folder, `${what}-${hash(tests)}.json`));
  if (args.includes("--fresh")) rmSync(incremental, { force: true });
  const stryker = async (limits) => {
    rmSync(report, { force: true });
    writeFileSync(configFile, JSON.stringify(config(held, incremental, report, limits), null, 2));
    const status = await run(node(), [join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js"), "run", configFile], { env: { ...environment(), MLSPEC_MUTATION_TESTS: tests } });
    if (status !== 0 || !existsSync(report)) process.exit(status || 1);
    return JSON.parse(readFileSync(report, "utf8")).files;
  };
  keep(incremental, "Killed");
  const found = await stryker({});
  if (Object.values(found).every(({ mutants }) => mutants.every(({ status }) => status !== "Timeout"))) return found;
  keep(incremental, "Killed", "Survived", "NoCoverage", "Ignored");
  return await stryker({ concurrency: 1, timeoutMS: 30_000 });
}

/** Survivors are tried anew each time: a change at a module's top level has no tests of its own, and Stryker would not see that there are new ones. */
function keep(file, ...statuses) {
  if (!existsSync(file)) return;
  const known = JSON.parse(readFileSync(file, "utf8"));
  for (const each of Object.values(known.files)) each.mutants = each.mutants.filter(({ status }) => statuses.includes(status));
  writeFileSync(file, JSON.stringify(known));
}

async function install() {
  const packages = ["core", "vitest-runner"].map((name) => `@stryker-mutator/${name}`);
  const installed = packages.every((name) => {
    const manifest = join(folder, "node_modules", name, "package.json");
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version;
  });
  if (installed) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  process.stderr.write(`Installing Stryker ${version} into .tools/ …\n`);
  // Without its peers: the vitest that runs is the project's own, two folders up.
  await must("npm", ["install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error", ...packages.map((name) => `${name}@${version}`)], { cwd: folder, quiet: true });
}

function config(mutate, incremental, report, limits) {
  return {
    mutate,
    testRunner: "vitest",
    vitest: { configFile: "scripts/lib/mutation.vitest.config.ts", related: false },
    plugins: ["@stryker-mutator/vitest-runner"],
    coverageAnalysis: "perTest",
    concurrency: Number(process.env.MLSPEC_MUTATION_WORKERS ?? 2),
    incremental: true,
    incrementalFile: relative(root, incremental),
    tempDirName: relative(root, join(folder, "sandbox")),
    ignorePatterns: ["/.tools", "/dist", "/test-results", "/test/editor", "/test/integration", "/examples/yarnit/data", ".mlspec"],
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: relative(root, report) },
    allowEmpty: false,
    clearTextReporter: { logTests: false },
    timeoutMS: 5_000,
    ...limits,
  };
}

/** One line per file, below it the survivors of the files that were named; 1 when a file is below the floor. */
function tell(files) {
  // The report carries on what earlier runs found in other files.
  const asked = Object.entries(files).filter(([file]) => wanted.some((path) => file === path || file.startsWith(`${path}/`)));
  const rows = asked.map(([file, { mutants, source }]) => ({ file, source, mutants, ...score(mutants) })).filter(({ total }) => total > 0);
  const width = Math.max(...rows.map(({ file }) => file.length));
  const line = (file, killed, survived, percent) => `${file.padEnd(width)}  ${String(killed).padStart(6)}  ${String(survived).padStart(8)}  ${percent.padStart(7)}`;
  const out = ["", line("file", "killed", "survived", "percent")];
  for (const { file, killed, survived, percent } of rows) out.push(line(file, killed, survived, `${percent.toFixed(1)}${percent < floor ? "!" : "%"}`));
  const below = rows.filter(({ percent }) => percent < floor);
  const all = score(rows.flatMap(({ mutants }) => mutants));
  out.push(line("all", all.killed, all.survived, `${all.percent.toFixed(1)}%`), "");
  for (const { file, source, mutants } of named.length > 0 ? rows : below) out.push(...survivors(file, source, mutants));
  out.push("", below.length === 0 ? `Every file is at or above ${floor}%.` : `${below.length} of ${rows.length} files are below ${floor}%.`, "");
  process.stdout.write(out.join("\n"));
  return below.length === 0 ? 0 : 1;
}

/** A change that makes the code run without end is noticed as well. */
function score(mutants) {
  const among = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [killed, survived] = [among("Killed", "Timeout"), among("Survived", "NoCoverage")];
  return { killed, survived, total: killed + survived, percent: (100 * killed) / (killed + survived) };
}

function survivors(file, source, mutants) {
  const lines = source.split("\n");
  return mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage").map(({ status, mutatorName, replacement, location: { start, end } }) => {
    const was = start.line === end.line ? lines[start.line - 1].slice(start.column - 1, end.column - 1) : `${lines[start.line - 1].slice(start.column - 1)} …`;
    return `${file}:${start.line}:${start.column} ${mutatorName}${status === "NoCoverage" ? " (no test comes here)" : ""}: ${was} → ${replacement}`;
  });
}
