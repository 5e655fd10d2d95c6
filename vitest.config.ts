import { defineConfig } from "vitest/config";

// Three suites, from fast to slow. `npm test` runs them all; `npx vitest run --project unit` while working.
const suite = (name: string, include: string[], timeout: number, retry = 0) => ({
  test: { name, include, testTimeout: timeout, hookTimeout: timeout, retry, environment: "node" as const },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit", ["test/unit/**/*.test.ts"], 20_000),
      suite("integration", ["test/integration/**/*.test.ts"], 180_000),
      // A browser, an editor server and its extension host share two cores: a key pressed at the wrong moment gets one more chance.
      suite("editor", ["test/editor/**/*.test.ts"], 600_000, 1),
    ],
    pool: "forks",
    maxWorkers: 2,
  },
});
