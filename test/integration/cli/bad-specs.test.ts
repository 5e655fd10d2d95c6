/** Whatever stands in a spec, the answer is a message with a place, in bounded time and memory. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mlspec, start } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
});
afterAll(() => shop.remove());

/** Validates under a heap of 2 GB; more would end the process. */
async function validate(name: string, text: string | Uint8Array, ...args: string[]) {
  await shop.write(name, text);
  return start(shop.folder, ["validate", name, ...args], { NODE_OPTIONS: "--max-old-space-size=2048" }).ended;
}

describe("text that is no spec", () => {
  test.each([
    ["prose", "Once upon a time there was a model that predicted the weather."],
    ["five million brackets", "{".repeat(5_000_000)],
    ["two hundred thousand parentheses", peopleSpec(["people.age)", `${"(".repeat(200_000)}people.age${")".repeat(200_000)})`])],
  ])("%s: exit 1 with a place", async (_name, text) => {
    const { code, out, err } = await validate("odd.mlspec", text);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(/^error\[[a-z-]+\]: .+\n {2}--> odd\.mlspec:\d+:\d+\n/);
  });

  test("bytes: what cannot be read is not looked at, exit 2 with a place", async () => {
    const { code, out } = await validate("odd.mlspec", Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256));
    expect(code).toBe(2);
    expect(out).toMatch(/^error\[cannot-read\]: .+ is not UTF-8: .+\n {2}--> odd\.mlspec:\d+:\d+\n/);
  });

  test("half of a word in the midst of a spec: an error there, and none elsewhere", async () => {
    const { code, out } = await validate("typing.mlspec", peopleSpec(["    income = standardize(log1p(people.income))", "    income = standardize(log1p(people.inc"]));
    expect(code).toBe(1);
    const places = [...out.matchAll(/--> typing\.mlspec:(\d+):/g)].map(([, line]) => Number(line));
    expect(places.length).toBeGreaterThan(0);
    for (const line of places) expect(Math.abs(line - 26)).toBeLessThanOrEqual(1);
  });

  test("the beginning of a spec: what is missing, where", async () => {
    const { code, out } = await validate("begun.mlspec", "source people {\n  read: csv(");
    expect(code).toBe(1);
    expect(out).toContain("`)` expected before the end of the file");
  });
});

test("a spec of 5 MB is checked", async () => {
  const definitions = Array.from({ length: 60 }, (_, i) => `  /// The income, and what became of it after so many years of work.\n  value_${i} = if age > ${i} then income * ${i}.5 + 1.0 else 0.0\n`).join("");
  const views = Math.ceil(5_000_000 / definitions.length);
  const text = peopleSpec() + Array.from({ length: views }, (_, i) => `\nfeatures view_${i} {\n  from: people\n${definitions}}\n`).join("");
  expect(text.length).toBeGreaterThan(5_000_000);
  const { code, out, err } = await validate("large.mlspec", text, "--format", "json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toMatchObject({ summary: { errors: 0 } });
});

test("files that import each other in a circle: the circle is told", async () => {
  await shop.write("b.mlspec", 'import "./a.mlspec"\nentity b { key: id }\n');
  const { code, out } = await validate("a.mlspec", 'import "./b.mlspec"\nentity a { key: id }\n');
  expect(code).toBe(1);
  expect(out).toContain("error[import-cycle]: this file imports itself: a.mlspec → b.mlspec → a.mlspec");
});

test("a file without a model cannot be run, and says what to declare", async () => {
  await shop.write("empty.mlspec", "");
  const { code, err } = await mlspec(shop.folder, "run", "empty.mlspec");
  expect(code).toBe(2);
  expect(err).toContain("error[not-declared]: the spec declares no model");
  expect(err).toContain("model name { predict: label from dataset }");
});
