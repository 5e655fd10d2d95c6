import { defineConfig } from "vitest/config";

// What a mutation run holds against the changed code: the unit tests of the folders that decide. Left out are the files that simulate
// rollouts and that compile every explanation: each change would wait for them, so what they alone notice counts as survived.
export default defineConfig({
  test: {
    name: "unit",
    include: ["test/unit/{statistics,evaluation,rollout,checks}/**/*.test.ts"],
    exclude: ["test/unit/statistics/gates.test.ts", "test/unit/statistics/stalls.test.ts", "test/unit/checks/examples.test.ts"],
    testTimeout: 120_000,
    environment: "node",
  },
});
