import { defineConfig } from "vitest/config";

// What a mutation run holds against the changed code: the unit tests that scripts/mutation.mjs names. Left out are the files that
// simulate rollouts and that compile every explanation: each change would wait for them, so what they alone notice counts as survived.
const tests = process.env["MLSPEC_MUTATION_TESTS"]?.split(",") ?? [];
export default defineConfig({
  test: {
    name: "unit",
    include: tests.map((name) => `test/unit/${name}.test.ts`),
    exclude: ["statistics/gates", "statistics/stalls", "checks/examples", "checks/split-over-files"].map((file) => `test/unit/${file}.test.ts`),
    testTimeout: 120_000,
    environment: "node",
  },
});
