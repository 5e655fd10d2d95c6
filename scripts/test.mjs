// `npm test`: every check there is, from fast to slow, each told in one line; ends with `N passed, N failed`.
//   npm test                  everything
//   npm test -- unit lint     only those
// Suites that need something which is not there (an editor, a browser) are skipped with a line that says how to enable
// them; with CI set, a skipped suite is a failure.
import { mkdirSync, readFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, node, root, run } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";
import { editorMissing } from "./lib/editor.mjs";

const reports = join(root, "test-results");
const tool = (name) => join(bin, name);

/** Runs a vitest project and counts its tests from the JSON report. */
async function vitest(project) {
  const report = join(reports, `${project}.json`);
  rmSync(report, { force: true });
  const status = await run(node(), ["--disable-warning=ExperimentalWarning", join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests: passed, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const skips = testResults.flatMap((file) => file.assertionResults).filter((each) => each.status !== "passed" && each.status !== "failed");
  // Tests on public data sets run where the data is (MLSPEC_DATA), those that fill a disk where one may be mounted (root); everything
  // else must run in CI.
  const skipped = skips.filter((each) => !/real data|a full disk/.test(each.fullName));
  for (const each of skips) process.stdout.write(`skipped: ${each.fullName}\n`);
  const failed = status === 0 ? 0 : Math.max(1, numFailedTests, numFailedTestSuites > 0 && numFailedTests === 0 ? numFailedTestSuites : 0);
  return { passed, failed: failed + (process.env.CI ? skipped.length : 0), skipped: skips.length };
}

const command = (name, args) => async () => ((await run(tool(name), args)) === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });

/** The editor gets the extension as a user does: packaged. */
const editor = async () => ((await run(node(), [join(root, "scripts", "package.mjs")])) === 0 ? vitest("editor") : { passed: 0, failed: 1, skipped: 0 });

const both = (a, b) => async () => {
  const [first, second] = [await a(), await b()];
  return { passed: first.passed + second.passed, failed: first.failed + second.failed, skipped: 0 };
};

const suites = [
  { name: "types", what: "TypeScript, strict", go: both(command("tsc", ["-p", "."]), command("tsc", ["-p", "extension/webview"])) },
  { name: "lint", what: "ESLint with types", go: command("eslint", ["--max-warnings", "0", "."]) },
  { name: "layering", what: "who may import whom", go: command("depcruise", ["--config", ".dependency-cruiser.cjs", "grammar", "language-server", "runtime", "cli", "extension"]) },
  { name: "unit", what: "pure logic", go: () => vitest("unit") },
  { name: "integration", what: "DuckDB, ONNX Runtime, HTTP, the server over stdio", go: () => vitest("integration") },
  { name: "editor", what: "the real editor in a browser", missing: editorMissing, go: editor },
];

await setup();
mkdirSync(reports, { recursive: true });
const wanted = process.argv.slice(2);
const total = { passed: 0, failed: 0 };
const lines = [];
for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const missing = suite.missing?.() ?? null;
  if (missing !== null) {
    lines.push(`${suite.name}: ${process.env.CI ? "FAILED (skipped in CI)" : "skipped"}: ${missing}`);
    if (process.env.CI) total.failed += 1;
    continue;
  }
  process.stdout.write(`\n── ${suite.name}: ${suite.what}\n`);
  const started = performance.now();
  const { passed, failed, skipped } = await suite.go();
  total.passed += passed;
  total.failed += failed;
  lines.push(`${suite.name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
}
process.stdout.write(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 ? 1 : 0);
