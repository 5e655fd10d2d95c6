/** Fields of `request { … }`: what is sent is what was trained on, under the name and of the type that the file says. */
import { describe, expect, test } from "vitest";
import { check, compile, shop } from "./harness.ts";

const view = (fields: string, feature: string, name = "moment") => `features ${name} {\n  from: request { ${fields} }\n  f = ${feature}\n}`;
const timed = (time: string, columns: string, views: string, features: string) =>
  `source rides {\n  read: csv("rides.csv")\n  time: ${time}\n  columns { ${columns} }\n}\n${views}\nlabel fare: float { of: rides, is: x }\ndataset d {\n  examples: rides\n  label: fare\n  features: ${features}\n}`;

async function fieldsOf(text: string): Promise<Record<string, string>> {
  await check(text);
  const [dataset] = (await compile(text)).datasets;
  return Object.fromEntries(dataset!.columns.flatMap(({ name, from }) => (from.kind === "example" ? [[name, from.field]] : [])));
}

describe("the event time", () => {
  const columns = "placed: timestamp, x: float";
  test.each([
    ["is the field that a request calls by the column's name", timed("placed", columns, view("placed: timestamp", "hour_of_day(placed)"), "[moment.f, rides.x]"), { placed: "placed", x: "x" }],
    ["is `at` where a request says so", timed("placed", columns, view("at: timestamp", "hour_of_day(at)"), "[moment.f]"), { placed: "at" }],
    ["is `at` where no request speaks of it", timed("placed", columns, "features moment { from: rides, f = hour_of_day(placed) }", "[moment.f]"), { placed: "at" }],
    ["takes the declared name whichever view is named first", timed("placed", columns, `features own { from: rides, f = hour_of_day(placed) }\n${view("placed: timestamp", "day_of_week(placed)")}`, "[own.f, moment.f]"), { placed: "placed" }],
    ["leaves `at` to a column that is called so", timed("placed", "placed: timestamp, at: timestamp, x: float", "features own { from: rides, f = hour_of_day(placed), g = hour_of_day(at) }", "own.*"), { placed: "placed", at: "at" }],
  ])("%s", async (_title, text, fields) => expect(await fieldsOf(text)).toEqual(fields));

  test("has one name in the requests of a source's examples", () => check(timed("placed", columns, `${view("at: timestamp", "hour_of_day(at)", "a")}\n${view("placed: timestamp", "hour_of_day(placed)", "b")}`,
    "[a.f, «b.f»] //~ ambiguous-name: `b` takes the event time as `placed` from the request, and `a` as `at`")));
});

describe("a field has the type that it is trained with", () => {
  const taken = (fields: string, feature: string, item: string) => `${shop}\n${view(fields, feature)}\ndataset d { examples: sales, label: bought, features: [${item}]\n}`;
  test.each([
    ["another kind", taken("price: int", "price * 2", "«moment.f»"), "type-mismatch: `moment` takes `price` as int from the request, but in `sales` it is float"],
    ["never missing here, perhaps missing there", taken("cost: float", "cost * 2", "«moment.*»"), "type-mismatch: takes `cost` as float from the request, but in `sales` it is float?"],
    ["perhaps missing here, never there", taken("price: float?", "coalesce(price, 0.0)", "«moment.f»"), "type-mismatch: takes `price` as float? from the request, but in `sales` it is float"],
    ["a field that the examples do not have, and that no feature reads", taken("price: float,\n    nothere: string //~ no-effect: no feature here reads `nothere`\n ", "price * 2", "«moment.f»"), "missing-columns: `moment` takes `nothere` from the request, but `sales` has no such column to train with"],
    ["the event time by its other name", taken("at: date", "day_of_week(at)", "«moment.f»"), "type-mismatch: takes `at` as date from the request, but in `sales` it is timestamp"],
  ])("%s", (_title, text, problem) => check(text.replace(/\n\}$/, ` //~ ${problem}\n}`)));

  test("each problem is told once, however many features read the field", () =>
    check(`${shop}\nfeatures moment { from: request { price: int }, f = price * 2, g = price + 1 }\ndataset d { examples: sales, label: bought, features: [«moment.*»] //~ type-mismatch: \`price\` as int\n}`));
});
