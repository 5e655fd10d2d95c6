import { defineConfig } from "vitest/config";

// Three suites, from fast to slow. `npm test` runs them all; `npx vitest run --project unit` while working.
const suite = (name: string, include: string[], timeout: number) => ({
  test: { name, include, testTimeout: timeout, hookTimeout: timeout, environment: "node" as const },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit", ["test/unit/**/*.test.ts"], 20_000),
      suite("integration", ["test/integration/**/*.test.ts"], 180_000),
      suite("editor", ["test/editor/**/*.test.ts"], 600_000),
    ],
    pool: "forks",
    maxWorkers: 2,
  },
});
