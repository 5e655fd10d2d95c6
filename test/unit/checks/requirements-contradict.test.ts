import { describe, expect, test } from "vitest";
import { contract, findings as inText, gates, inShop, stage } from "./through-the-compiler.ts";
import { atLeast, call, col, countOver, dataset, day, entityColumn, evaluation, feature, findings, line, messages, num, shop, view } from "./spec-builder.ts";

const check = "requirements-contradict";
const found = (text: string) => inText(check, text);
const both = (a: string, b: string) => `Nothing meets both \`${a}\` and \`${b}\`: one of them always fails. Leave one out, or turn one round.`;

describe("requirements-contradict fires", () => {
  test("at the second, with the first", () => {
    const requirements = [{ ...atLeast("auc", 0.8), origin: line(4) }, { ...atLeast("auc", 0.6), comparison: "<=" as const, text: "auc <= 0.6", origin: line(5) }];
    const [finding] = findings(check, shop({ evaluations: [evaluation("quality", "ranker", requirements)] }));
    expect(finding).toEqual({
      check, severity: "error", message: both("auc >= 0.8", "auc <= 0.6"), origin: line(5), related: [{ origin: line(4), message: "the other one" }],
    });
    expect(findings(check, shop({ evaluations: [evaluation("quality", "ranker", requirements.toReversed())] })).map(({ origin }) => origin)).toEqual([line(4)]);
  });

  test.each([
    [gates("auc > 0.7", "auc <= 0.7"), "auc > 0.7", "auc <= 0.7"],
    [gates("auc >= 0.7", "auc < 0.7"), "auc >= 0.7", "auc < 0.7"],
    [gates("0.6 >= auc by country", "auc >= 0.8 by country"), "0.6 >= auc by country", "auc >= 0.8 by country"],
    [gates("auc >= current.auc + 0.01", "auc <= current.auc"), "auc >= current.auc + 0.01", "auc <= current.auc"],
    [gates("auc > usual.auc * 1.1", "auc < usual.auc * 1.1"), "auc > usual.auc * 1.1", "auc < usual.auc * 1.1"],
    [stage("rate(purchased) >= control * 110%", "rate(purchased) <= control"), "rate(purchased) >= control * 110%", "rate(purchased) <= control"],
    [stage("rate(purchased) >= 8%", "rate(purchased) <= 4%"), "rate(purchased) >= 8%", "rate(purchased) <= 4%"],
    [contract("rows in 1..5", "rows > 5"), "rows in 1..5", "rows > 5"],
    [contract("rows in 1..5 per 1d", "rows >= 6 per 1d"), "rows in 1..5 per 1d", "rows >= 6 per 1d"],
    [contract("distinct(a) == 3", "distinct(a) == 4"), "distinct(a) == 3", "distinct(a) == 4"],
    [contract("a == 3", "a > 3"), "a == 3", "a > 3"],
    [contract("b in 1..5 and c == \"x\"", "5.5 < b"), "b in 1..5 and c == \"x\"", "5.5 < b"],
    [contract("at >= 2026-01-02", "at < 2026-01-02T00:00:00"), "at >= 2026-01-02", "at < 2026-01-02T00:00:00"],
    [contract("b >= 2", "b <= 3", "b <= 1"), "b >= 2", "b <= 1"],
    [contract("f > 2026-01-02", "f <= 2026-01-02"), "f > 2026-01-02", "f <= 2026-01-02"],
    [contract("a > 2.5", "float(a) < 2"), "a > 2.5", "float(a) < 2"],
    [contract("3 == a", "4 > a", "5 <= a"), "3 == a", "5 <= a"],
    [contract("3 > b", "3 < b"), "3 > b", "3 < b"],
    [contract("b > 3", "3 >= b"), "b > 3", "3 >= b"],
    [contract("b < 3", "3 <= b"), "b < 3", "3 <= b"],
    [contract("b >= 3", "3 >= b and b != 3", "3 > b"), "b >= 3", "3 > b"],
    [contract("d and b > 1", "b < 0"), "d and b > 1", "b < 0"],
  ])("%s", async (text, a, b) => expect(await found(text)).toEqual([both(a, b)]));

  test("with other requirements before, between and after them", async () => {
    expect(await found(gates("log_loss <= 0.3", "auc >= 0.8", "recall >= 0.1", "auc <= 0.6", "recall <= 0.9"))).toEqual([both("auc >= 0.8", "auc <= 0.6")]);
    expect(await found(gates("log_loss <= 0.3", "auc <= 0.6", "recall >= 0.1", "auc >= 0.8"))).toEqual([both("auc <= 0.6", "auc >= 0.8")]);
  });

  test.each([
    [gates("auc >= 0.6", "auc >= 0.8", "auc <= 0.5"), "auc >= 0.8", "auc <= 0.5"],
    [gates("auc <= 0.5", "auc <= 0.3", "auc >= 0.6"), "auc <= 0.3", "auc >= 0.6"],
    [gates("auc >= 0.8", "auc > 0.8", "auc <= 0.7"), "auc > 0.8", "auc <= 0.7"],
    [gates("auc > 0.8", "auc >= 0.8", "auc <= 0.7"), "auc > 0.8", "auc <= 0.7"],
    [stage("rate(purchased) >= control * 110%", "rate(purchased) >= control * 120%", "rate(purchased) <= control * 90%"), "rate(purchased) >= control * 120%", "rate(purchased) <= control * 90%"],
    [contract("b >= 1", "b >= a", "b >= 2", "b <= 0"), "b >= 2", "b <= 0"],
    [contract("b >= 1", "b >= 1 + b", "b >= 2", "b <= 0"), "b >= 2", "b <= 0"],
  ])("only with the strictest of each side: %s", async (text, a, b) => expect(await found(text)).toEqual([both(a, b)]));

  test("with each of two bounds of which neither is stricter", async () =>
    expect(await found(stage("rate(purchased) >= control * 120%", "rate(purchased) >= control * 110% + 1%", "rate(purchased) <= control"))).toEqual([
      both("rate(purchased) >= control * 110% + 1%", "rate(purchased) <= control"), both("rate(purchased) >= control * 120%", "rate(purchased) <= control"),
    ]));

  test.each([
    [contract("a > 5 and a < 3"), "a > 5 and a < 3"],
    [contract("b > 3 and (c == \"x\" and b <= 3)"), "b > 3 and (c == \"x\" and b <= 3)"],
    [inShop("features f {\n  from: purchases where price > 5 and price < 3\n  double = price * 2\n}"), "where …"],
    [inShop("dataset d {\n  examples: impressions where position > 5 and position == 3\n  label: purchased\n  features: [impressions.position]\n}"), "where …"],
  ])("in one condition: %s", async (text, a) => expect(await found(text)).toEqual([`Nothing meets \`${a}\`: its parts exclude each other. Leave one out.`]));
});

describe("requirements-contradict stands", () => {
  const none = call("and", call("greater", col("price"), num(5)), call("less", col("price"), num(3)));
  const places = (parts: Parameters<typeof shop>[0]) => findings(check, shop(parts)).map(({ origin, related }) => ({ origin, related }));
  const features = (more: Parameters<typeof view>[4]) => ({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-day))], { where: none, ...more })] });
  const datasets = (more: Parameters<typeof dataset>[4]) => ({ datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.bought_28d", "shopper_id")], { where: none, ...more })] });

  test("at what chooses the rows", () => {
    expect(places(features({ at: { from: line(7) } }))).toEqual([{ origin: line(7), related: [] }]);
    expect(places(datasets({ at: { examples: line(8) } }))).toEqual([{ origin: line(8), related: [] }]);
  });

  test("at the name where that is not written out", () => {
    expect(places(features({ origin: line(3) }))).toEqual([{ origin: line(3), related: [] }]);
    expect(places(datasets({ origin: line(4) }))).toEqual([{ origin: line(4), related: [] }]);
  });
});

describe("requirements-contradict is silent", () => {
  test.each([
    [gates("auc >= 0.6", "auc <= 0.95")],
    [gates("auc >= 0.7", "auc <= 0.7")],
    [gates("auc >= 0.8", "auc <= 0.6 by country")],
    [gates("auc >= 0.8", "log_loss <= 0.6")],
    [gates("auc >= 0.8", "auc <= current.auc")],
    [gates("auc >= current.auc + 0.01", "auc <= usual.auc")],
    [gates("auc >= current.auc * 0.9 + 0.2", "auc <= current.auc")],
    [stage("rate(purchased) >= control * 90%", "rate(purchased) <= control * 120%")],
    [stage("rate(purchased) >= 8%", "rate(errors) <= 4%")],
    [contract("rows in 1..5", "rows > 5 per 1d")],
    [contract("distinct(a) >= 5", "rows >= 6", "missing(a) < 5%")],
    [contract("a >= 5", "b <= 3")],
    [contract("a > 5 or a < 3", "a != 4")],
    [contract("b * 2 > 5", "b < 1", "c == \"x\"", "c in [\"x\", \"y\"]")],
    [contract("b >= 1", "b in 1..5", "b > 1", "b < 5")],
    [contract("1 < a", "5 >= a")],
    [gates("auc >= usual.auc + 0.01", "auc <= seldom.auc")],
    [gates("auc >= 0.8 by country", "auc <= 0.6")],
    [stage("rate(purchased) >= 8%", "rate(returned) <= 4%")],
    [stage("rate(purchased) >= control + 1%", "rate(returned) <= control")],
    [stage("rate(purchased) >= 8%", "rate(purchased) <= control")],
    [contract("rows >= 10 per 1d", "rows <= 5 per 2d")],
    [contract("distinct(a) >= 5", "distinct(b) <= 3")],
    [contract("d", "b > 1", "not d")],
    [contract("c > \"10\"", "c < \"9\"")],
    [contract("b * 2 > 5", "b * 3 < 1", "a * 2 < 1")],
    [contract("b > a", "b < a", "a == b")],
    [contract("b in 5..a", "b < 3", "a in b..2")],
    [contract("is_null(a)", "a > 3")],
  ])("%s", async (text) => expect(await found(text)).toEqual([]));

  test("for an r2 below 0, of which a larger factor is less", async () => {
    const text = "label cost: float {\n  of: purchases\n  is: price\n}\ndataset costs { examples: purchases, label: cost, features: [purchases.price], exclude: [] }\nmodel pricing { predict: cost from costs }\nevaluation e of pricing {\n  require r2 >= current.r2 * 1.1\n  require r2 <= current.r2\n}";
    expect(await found(inShop(text))).toEqual([]);
  });

  test("for a shop without a contradiction", () => expect(messages(check, shop())).toEqual([]));
});
