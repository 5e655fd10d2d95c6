// The layers of docs/architecture.md, enforced: imports point down, native modules and protocols stay in their one place.
const only = (name, to, allowed, comment) => ({
  name, severity: "error", comment,
  from: { path: "^(grammar|language-server|runtime|cli|extension)/", pathNot: allowed },
  to: { path: to },
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", comment: "Data flows one way.", from: { pathNot: "generated/" }, to: { circular: true, viaOnly: { pathNot: "generated/" } } },
    { name: "grammar-imports-nothing", severity: "error", from: { path: "^grammar/" }, to: { path: "^(language-server|runtime|cli|extension)/" } },
    { name: "runtime-knows-no-language", severity: "error", from: { path: "^runtime/" }, to: { path: "^(language-server|cli|extension|grammar/generated)/|node_modules/langium" } },
    { name: "language-server-runs-nothing", severity: "error", comment: "It meets the runtime in statistics (and in the class of errors) only.", from: { path: "^language-server/" }, to: { path: "^(runtime/(?!statistics/|errors\\.ts)|cli/|extension/)" } },
    { name: "cli-below-extension", severity: "error", from: { path: "^cli/" }, to: { path: "^extension/" } },
    { name: "commands-close-the-state", severity: "error", comment: "Through cli/state-folder.ts, which closes it to others.", from: { path: "^cli/commands/" }, to: { path: "^runtime/pipeline/state-folder\\.ts$", dependencyTypesNot: ["type-only"] } },
    { name: "extension-starts-processes", severity: "error", comment: "Types and the protocol's names only.", from: { path: "^extension/" }, to: { path: "^(language-server|runtime|cli|grammar)/", pathNot: "^(runtime/events\\.ts|language-server/lsp/protocol\\.ts|runtime/.*/status\\.ts|language-server/analysis/lineage\\.ts|grammar/compiled-spec/)", dependencyTypesNot: ["type-only"] } },
    { name: "statistics-are-pure", severity: "error", from: { path: "^runtime/statistics/" }, to: { path: "^(runtime/(?!statistics/)|language-server|cli|extension|grammar)/" } },
    only("only-database-imports-duckdb", "node_modules/@duckdb", "^runtime/data/database\\.ts$"),
    only("only-onnx-imports-onnxruntime", "node_modules/onnxruntime-", "^runtime/onnx/"),
    only("only-training-imports-tensorflow", "node_modules/@tensorflow/", "^runtime/training/tensorflow/library\\.ts$"),
    only("only-online-imports-lmdb", "node_modules/lmdb", "^runtime/online/"),
    only("only-state-imports-sqlite", "^(node:)?sqlite$", "^runtime/state/"),
    only("only-extension-imports-vscode", "^vscode$|node_modules/@types/vscode", "^extension/"),
    only("only-lsp-knows-the-protocol", "node_modules/vscode-language(server|client)", "^(language-server/(lsp/|main\\.ts|services\\.ts|language/)|extension/)"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(test|bench|examples|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
