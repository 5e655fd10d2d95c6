// Builds what runs: the command line (with the runtime), the language server, the extension and its webviews, into dist/.
//   node esbuild.mjs [--watch] [--production] [--out <folder>]
import { existsSync } from "node:fs";
import { join } from "node:path";
import { context } from "esbuild";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const out = process.argv.includes("--out") ? process.argv[process.argv.indexOf("--out") + 1] : "dist";

/** Packages with native files, or that load themselves by path: they stay packages beside the bundle. */
export const external = ["@duckdb/node-api", "onnxruntime-node", "lmdb", "vscode"];

const shared = {
  bundle: true,
  sourcemap: production ? false : "linked",
  minify: production,
  keepNames: true,
  legalComments: "none",
  logLevel: "warning",
};

// CommonJS packages inside an ES module bundle still call `require` and read `__dirname`.
const commonJsInEsm = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __fileURLToPath } from "node:url";',
  'import { dirname as __pathDirname } from "node:path";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __fileURLToPath(import.meta.url);",
  "const __dirname = __pathDirname(__filename);",
].join("\n");

const node = { ...shared, platform: "node", target: "node22", format: "esm", banner: { js: commonJsInEsm }, external };

const builds = [
  // In pieces: `mlspec validate` does not load what only `mlspec serve` needs.
  { ...node, entryPoints: ["cli/main.ts"], outdir: join(out, "cli"), splitting: true, outExtension: { ".js": ".mjs" } },
  { ...node, entryPoints: ["language-server/main.ts"], outfile: join(out, "language-server.mjs") },
  { ...shared, platform: "node", target: "node22", format: "cjs", external: ["vscode"], entryPoints: ["extension/main.ts"], outfile: join(out, "extension.cjs") },
  { ...shared, platform: "browser", target: "es2022", format: "iife", entryPoints: ["extension/webview/lineage.ts"], outfile: join(out, "webview/lineage.js") },
  { ...shared, platform: "browser", target: "es2022", format: "iife", entryPoints: ["extension/webview/run.ts"], outfile: join(out, "webview/run.js") },
];

for (const build of builds.filter((each) => existsSync(each.entryPoints[0]))) {
  const one = await context(build);
  if (watch) await one.watch();
  else {
    await one.rebuild();
    await one.dispose();
  }
}
