/** What should be a value of each row and is the same in all: mostly a name that was put in quotes. */
import { expect, test } from "vitest";
import { check, compile, open, shop } from "./harness.ts";

const inputs = (line: string) => `${shop}\nmodel m {\n  predict: bought from examples\n  inputs {\n    ${line}\n  }\n}`;
const feature = (line: string) => `${shop}\nfeatures f for product {\n  from: sales\n  ${line}\n}`;

test.each([
  [inputs('x = one_hot(«"country"», top: 20) //~ type-mismatch: `"country"` is the same in every row')],
  [inputs("x = standardize(«3») //~ type-mismatch: `3` is the same in every row")],
  [inputs("x = «3 + 4» //~ type-mismatch: `3 + 4` is the same in every row")],
  [feature('n = distinct(«"sku"») over 28d //~ type-mismatch: `"sku"` is the same in every row')],
  [feature("n = avg(«3») over 28d //~ type-mismatch: `3` is the same in every row")],
  [feature('n = count(where «"country"» == "de") over 28d //~ type-mismatch: `"country" == "de"` is the same in every row')],
  [feature("n = count(where «true») over 28d //~ type-mismatch: `true` is the same in every row")],
  [`${shop}\nfeatures f for product {\n  from: sales where «"country"» == "de" //~ type-mismatch: is the same in every row\n  n = count() over 7d\n}`],
  [`${shop}\nlabel again: bool {\n  of: sales\n  is: exists(sales where same(product) and «"country"» == "de") //~ type-mismatch: is the same in every row\n  within: 1d\n}`],
  [`${shop}\ndataset d {\n  examples: sales where «"country"» == "de" //~ type-mismatch: is the same in every row\n  label: bought\n  features: [sales.price]\n}`],
  [`source x {\n  read: csv("a")\n  columns { a: int }\n  expect { require «false» } //~ type-mismatch: \`false\` is the same in every row\n}`],
  [`source x {\n  read: csv("a")\n  columns { a: string }\n  expect { require «"a"» == "b" } //~ type-mismatch: is the same in every row\n}`],
  [feature('n = count(where country == "sku") over 28d')],
])("%s", async (text) => check(text));

test("the quick fix is the name, where the text names a column", async () => {
  const { diagnostics } = await open(inputs('x = one_hot("country", top: 20)'));
  expect(diagnostics.map((d) => d.data as unknown)).toContainEqual(expect.objectContaining({ hint: "Names are written without quotes: `country`.", fixes: [expect.objectContaining({ title: "Change to `country`" })] }));
  const other = await open(inputs('x = one_hot("nothing like it", top: 20)'));
  expect(other.problems.map((p) => p.suggestion)).toEqual([undefined]);
});

const moments = (features: string) => `${shop}\ndataset d {\n  examples: sales\n  label: bought\n  features: ${features}\n}\nmodel m {\n  predict: bought from «d»`;

test.each([
  [`${moments("[sales.price, sales.day]")} //~ type-mismatch: \`day\` is a date and cannot enter a network as it is\n}`],
  [`${moments("[sales.price, sales.day]")}\n  inputs { p = price }\n}`.replace(/[«»]/g, "")],
])("a moment is not left out in silence: %s", async (text) => check(text));

test("of all columns of a source it is a warning, which names the moments and what to write", async () => {
  const { problems } = await open(`${moments("[sales.*]").replace(/[«»]/g, "")}\n}`);
  expect(problems.map((p) => [p.severity, p.message, p.hint])).toEqual([["warning", "`day` is a date and cannot enter a network as it is: `m` does without it", "Write `inputs`, with a number of it such as `day_of_week(day)`, or leave it out of the dataset."]]);
});

test("all other features enter by themselves", async () => {
  const spec = await compile(`${moments("[sales.price, sales.waited]").replace(/[«»]/g, "")}\n}`);
  expect(spec.models.find((m) => m.name === "m")?.inputs.map((i) => i.name)).toEqual(["price", "waited"]);
});
