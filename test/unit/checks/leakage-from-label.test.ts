import { describe, expect, test } from "vitest";
import { call, col, column, dataset, day, entityColumn, exampleColumn, fallback, feature, findings, input, line, messages, model, num, over, rowFeature, rowLabel, source, spec, view } from "./spec-builder.ts";
import { findings as throughCompiler, inShop } from "./through-the-compiler.ts";
import type { CompiledSpec, Dataset, Expression, ModelInput } from "../../../grammar/compiled-spec/index.ts";

const check = "leakage-from-label";
const orders = source("orders", [
  column("shop", { entity: "shop" }), column("ordered_at"), column("delivered_at"), column("country"), column("late_ms", { value: call("subtract", col("delivered_at"), col("ordered_at")) }),
], { time: "ordered_at" });

/** A model over the orders with a label of their own row. */
const predicting = (rule: Expression, inputs: readonly ModelInput[], more: Partial<Dataset> = {}) => spec({
  sources: [orders],
  labels: [{ ...rowLabel("late", "orders", rule), origin: line(2) }],
  datasets: [dataset("delivered", "orders", "late", ["ordered_at", "delivered_at", "country", "late_ms"].map((name) => exampleColumn(name)), more)],
  models: [model("lateness", "delivered", inputs)],
});
const over3d = call("greater", col("late_ms"), num(3 * day));

describe("leakage-from-label fires", () => {
  test("when an input is the column that the label is computed from", () => {
    const [finding] = findings(check, predicting(call("is_null", col("delivered_at")), [input("country", col("country")), input("when", col("delivered_at"))]));
    expect(finding?.message).toBe(
      "Model `lateness` is given the answer: label `late` of dataset `delivered` is computed from `orders.delivered_at` alone, and input `when` reads it from the same row. Leave it out of the model.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.related[0]).toEqual({ origin: line(2), message: "label `late` is computed from `orders.delivered_at`" });
  });

  test("when several inputs hold it together, behind a computed column (indirect)", () => {
    expect(messages(check, predicting(over3d, [input("from", call("hour_of_day", col("ordered_at"))), input("to", call("log1p", col("delivered_at")))]))).toEqual([
      "Model `lateness` is given the answer: label `late` of dataset `delivered` is computed from `orders.delivered_at` and `orders.ordered_at` alone, and inputs `from` and `to` read all of it "
      + "from the same row. Leave one of them out of the model.",
    ]);
  });

  test("at the first input, with the label, the other inputs, and the names for programs", () => {
    const inputs = [{ ...input("from", col("ordered_at")), origin: line(11) }, { ...input("to", col("delivered_at")), origin: line(12) }, { ...input("country", col("country")), origin: line(13) }];
    const [finding] = findings(check, predicting(over3d, inputs));
    expect(finding?.origin).toEqual(line(11));
    expect(finding?.related).toEqual([
      { origin: line(2), message: "label `late` is computed from `orders.delivered_at` and `orders.ordered_at`" }, { origin: line(12), message: "input `to` reads a part of it as well" },
    ]);
    expect(finding?.dependsOn).toEqual([line(0)]);
    expect(finding?.data).toEqual({ model: "lateness", label: "late", columns: ["orders.delivered_at", "orders.ordered_at"] });
  });

  test("when an input is a computed column with the same origin (indirect)", () => {
    expect(messages(check, predicting(call("greater", call("subtract", col("delivered_at"), col("ordered_at")), num(1)), [input("ms", col("late_ms"))]))).toHaveLength(1);
  });

  test("through a feature of the example's own row (indirect)", () => {
    const days = call("days", col("late_ms"));
    expect(messages(check, predicting(over3d, [input("d", days)], { features: [rowFeature("delay.days", days)] }))).toHaveLength(1);
  });
});

describe("leakage-from-label is silent", () => {
  test("when a part of the rule does not reach the model", () => expect(messages(check, predicting(over3d, [input("hour", call("hour_of_day", col("ordered_at")))]))).toEqual([]));
  test("when the dataset has the column and the model does not use it", () => expect(messages(check, predicting(over3d, [input("country", col("country"))]))).toEqual([]));
  test("when the model only learns whether the value is there", () => expect(messages(check, predicting(call("greater", col("delivered_at"), num(1)), [input("there", call("is_null", col("delivered_at")))]))).toEqual([]));

  test("for the past of the column, in a window", () => {
    expect(messages(check, spec({
      sources: [orders], labels: [rowLabel("late", "orders", over3d)],
      features: [view("shops", "shop", "orders", [feature("usual", over("avg", col("late_ms"), -day))])],
      datasets: [dataset("delivered", "orders", "late", [entityColumn("shops.usual", "shop")])],
      models: [model("lateness", "delivered", [input("usual", col("shops.usual"))])],
    }))).toEqual([]);
  });

  test("for a constant rule, and when a name leads nowhere", () => {
    expect(messages(check, predicting(num(1), [input("country", col("country"))]))).toEqual([]);
    expect(messages(check, spec({ ...predicting(num(1), []), models: [model("lateness", "delivered", [], { fallbacks: [fallback("usual", num(1))] })] }))).toEqual([]);
    const leaking = predicting(over3d, [input("ms", col("late_ms"))]);
    expect(messages(check, leaking)).toHaveLength(1);
    for (const kind of ["sources", "labels", "datasets"] as const) expect(messages(check, { ...leaking, [kind]: [] })).toEqual([]);
  });

  test("for a label of another source, whose columns have the same names", () => {
    const leaking = predicting(over3d, [input("ms", col("late_ms"))]);
    expect(messages(check, { ...leaking, sources: [orders, { ...orders, name: "returns" }], labels: [rowLabel("late", "returns", over3d)] })).toEqual([]);
  });
});

const inTrips = (declarations: string): string => inShop(`source trips {
  read: csv("trips.csv")
  columns { x: float, y: float, twice: float = y * 2 }
}
label length: float { of: trips, is: y }
dataset rides { examples: trips, label: length, features: [trips.x] }
${declarations}`);

describe("a fallback", () => {
  const withFallback = (is: string): string => inTrips(`model guess {
  predict: length from rides
  fallback g = ${is}
}`);

  test.each(["y", "twice", "x + y"])("that is the answer itself (%s) is told, though no input is", async (is) => expect(await throughCompiler(check, withFallback(is))).toEqual([
    "Fallback `g` of model `guess` is the answer itself: label `length` is computed from `trips.y` alone, and the fallback reads it from the same row. When it is asked, that is not known yet.",
  ]));
  test("of something else is none", async () => expect(await throughCompiler(check, withFallback("x * 2"))).toEqual([]));
});

describe("a baseline", () => {
  const withBaseline = (is: string): string => inTrips(`model guess { predict: length from rides }
evaluation measured of guess {
  baseline b = ${is}
  require mae <= b.mae
}`);

  test.each(["y", "twice", "x + y"])("that is the answer itself (%s) is told", async (is) => expect(await throughCompiler(check, withBaseline(is))).toEqual([
    "Baseline `b` of evaluation `measured` is the answer itself: label `length` is computed from `trips.y` alone, and the baseline reads it from the same row. What it reaches measures no model: when a model is asked, that is not known yet.",
  ]));
  test.each(["x * 2", "0.5"])("of something else (%s) is none", async (is) => expect(await throughCompiler(check, withBaseline(is))).toEqual([]));
  test("is told where it stands, for each of the model's evaluations", () => {
    const evaluation = (name: string, of: string, at: number): CompiledSpec["evaluations"][number] => ({
      name, origin: line(at), doc: null, at: {}, model: of, metrics: [], threshold: 0.5, minRows: 50, requirements: [], slices: [],
      baselines: [{ name: "b", origin: line(at + 1), doc: null, at: {}, value: col("late_ms") }, { name: "fair", origin: line(at + 2), doc: null, at: {}, value: col("country") }],
    });
    const leaking = { ...predicting(over3d, [input("country", col("country"))]), evaluations: [evaluation("a", "lateness", 20), evaluation("b", "lateness", 30), evaluation("c", "another", 40)] };
    expect(findings(check, { ...leaking, models: leaking.models.map((m) => ({ ...m, origin: line(9) })) })).toEqual([[21, "a"], [31, "b"]].map(([at, name]) => ({
      check, severity: "error", origin: line(Number(at)), data: { model: "lateness", label: "late", columns: ["orders.delivered_at", "orders.ordered_at"] }, dependsOn: [line(9)],
      message: `Baseline \`b\` of evaluation \`${name}\` is the answer itself: label \`late\` is computed from \`orders.delivered_at\` and \`orders.ordered_at\` alone, and the baseline reads all of it `
        + "from the same row. What it reaches measures no model: when a model is asked, that is not known yet.",
      related: [{ origin: line(2), message: "label `late` is computed from `orders.delivered_at` and `orders.ordered_at`" }],
    })));
  });
});
