/** What is written once is checked, compiled and computed once, however often it is named. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start, type Result } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => { shop = await project(); });
afterAll(() => shop.remove());

/** A command that may not end by itself: a failing test must. Its memory is bounded by `NODE_OPTIONS`. */
async function bounded(...args: readonly string[]): Promise<Result> {
  const started = start(shop.folder, args, { NODE_OPTIONS: "--max-old-space-size=1500" });
  const timer = setTimeout(() => started.child.kill("SIGKILL"), 60_000);
  return started.ended.finally(() => clearTimeout(timer));
}

const definitions = (count: number, of: (n: number) => string): string =>
  ["  g0 = income / 1000", ...Array.from({ length: count }, (_, i) => `  g${i + 1} = ${of(i)}`)].join("\n");

/** The people's spec with a view of `count` definitions, each made of the one before, and a model that reads the last. */
const grown = (count: number, of: (n: number) => string): string => peopleSpec(
  ["label buys", `features grown {\n  from: people\n${definitions(count, of)}\n}\n\nlabel buys`],
  ["features: people.*", `features: [people.*, grown.g${count}]`],
  ["income = standardize(log1p(people.income))", `income = standardize(log1p(grown.g${count}))`],
);

const doubling = (n: number): string => `g${n} + g${n}`;

test("forty levels of doubling: validated, trained, and the served model agrees with the data", async () => {
  await shop.write("doubling.mlspec", grown(40, doubling));
  const { code, err } = await bounded("validate", "doubling.mlspec");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  // Training fits on SQL and checks its `model.onnx` against the network on the same rows.
  const run = await bounded("run", "doubling.mlspec");
  expect(run.code, run.err).toBe(0);
});

test("the compiled spec grows by what was written", async () => {
  const sizes: number[] = [];
  for (const levels of [10, 20, 30, 40]) {
    await shop.write("doubling.mlspec", grown(levels, doubling));
    const { code, out } = await bounded("compile", "doubling.mlspec");
    expect(code).toBe(0);
    sizes.push(out.length);
  }
  const steps = sizes.slice(1).map((size, i) => size - sizes[i]!);
  expect(Math.max(...steps)).toBeLessThan(1.05 * Math.min(...steps));
});

describe("three thousand definitions in a row", () => {
  test.each([
    ["names for the same", (n: number) => `g${n}`],
    ["each one more than the last", (n: number) => `g${n} + 1`],
    ["each from two others", (n: number) => `g${n} + g${Math.max(0, n - 1)} / 2`],
  ])("%s", async (_, of) => {
    await shop.write("chain.mlspec", grown(3000, of));
    const { code, out, err } = await bounded("validate", "chain.mlspec");
    expect({ code, err }, out).toEqual({ code: 0, err: "" });
    const compiled = await bounded("compile", "chain.mlspec");
    expect(compiled.code, compiled.err).toBe(0);
  });

  test("in the opposite order of the text", async () => {
    const lines = definitions(3000, (n) => `g${n} + 1`).split("\n").reverse().join("\n");
    await shop.write("chain.mlspec", grown(3000, (n) => `g${n} + 1`).replace(definitions(3000, (n) => `g${n} + 1`), lines));
    const { code, out, err } = await bounded("validate", "chain.mlspec");
    expect({ code, err }, out).toEqual({ code: 0, err: "" });
  });

  test("are trained on and served", async () => {
    await shop.write("chain.mlspec", grown(3000, (n) => `g${n} + 1`));
    const run = await bounded("run", "chain.mlspec");
    expect(run.code, run.err).toBe(0);
  });
});
