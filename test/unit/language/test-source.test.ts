/** `test: source`: other rows than those that train, and all of them. */
import { expect, test } from "vitest";
import { check, compile, shop } from "./harness.ts";

const later = (file: string) => `${shop}\nsource later {\n  read: parquet("${file}")\n  time: at\n  columns: sales.columns\n}`;
const dataset = (lines: string, file = "later.parquet") => `${later(file)}\ndataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  ${lines}\n}`;

test.each([
  ["the examples themselves", dataset("test: «sales» //~ out-of-range: `sales` holds the examples themselves: the model would be tested on what it was trained on")],
  ["another source of the same files", dataset("test: «later» //~ out-of-range: `later` reads the same files as `sales`", "sales.parquet")],
  ["a test part beside it", dataset("test: later\n  split: by_hash(train: 70%, validate: 10%, test: «20%») //~ wrong-arguments: the test part is another source")],
  ["no test part beside it", dataset("test: later\n  split: by_hash(train: 90%, validate: 10%, test: 0%)")],
])("%s", async (_title, text) => check(text));

test("what is not said is what is left, and nothing of it tests", async () => {
  const spec = await compile(dataset("test: later\n  split: by_hash(train: 70%)"));
  expect(spec.datasets.find((d) => d.name === "d")?.split).toEqual({ kind: "hash", by: [], train: 0.7, validate: 0.3, test: 0 });
});
