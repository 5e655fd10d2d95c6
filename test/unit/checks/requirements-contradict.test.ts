import { describe, expect, test } from "vitest";
import { findings as inText, inShop } from "./through-the-compiler.ts";
import { atLeast, evaluation, findings, line, messages, shop } from "./spec-builder.ts";

const check = "requirements-contradict";
const found = (text: string) => inText(check, text);
const gates = (...lines: string[]) => inShop(`evaluation e of ranker {\n  slices: [impressions.country]\n  baseline usual = 0.02\n  ${lines.map((l) => `require ${l}`).join("\n  ")}\n}`);
const stage = (...lines: string[]) => inShop(`rollout release of ranker on recommend {\n  stage canary { traffic: 10%, hold: 40h\n    ${lines.map((l) => `require ${l}`).join("\n    ")}\n  }\n  stage full { traffic: 100% }\n}`);
const contract = (...lines: string[]) => `source s {\n  read: csv("a")\n  columns { a: int?, b: float, c: string, at: timestamp }\n  expect {\n    ${lines.map((l) => `require ${l}`).join("\n    ")}\n  }\n}`;
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
  ])("%s", async (text, a, b) => expect(await found(text)).toEqual([both(a, b)]));

  test.each([
    [contract("a > 5 and a < 3"), "a > 5 and a < 3"],
    [contract("b > 3 and (c == \"x\" and b <= 3)"), "b > 3 and (c == \"x\" and b <= 3)"],
    [inShop("features f {\n  from: purchases where price > 5 and price < 3\n  double = price * 2\n}"), "where …"],
    [inShop("dataset d {\n  examples: impressions where position > 5 and position == 3\n  label: purchased\n  features: [impressions.position]\n}"), "where …"],
  ])("in one condition: %s", async (text, a) => expect(await found(text)).toEqual([`Nothing meets \`${a}\`: its parts exclude each other. Leave one out.`]));
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
  ])("%s", async (text) => expect(await found(text)).toEqual([]));

  test("for an r2 below 0, of which a larger factor is less", async () => {
    const text = "label cost: float {\n  of: purchases\n  is: price\n}\ndataset costs { examples: purchases, label: cost, features: [purchases.price], exclude: [] }\nmodel pricing { predict: cost from costs }\nevaluation e of pricing {\n  require r2 >= current.r2 * 1.1\n  require r2 <= current.r2\n}";
    expect(await found(inShop(text))).toEqual([]);
  });

  test("for a shop without a contradiction", () => expect(messages(check, shop())).toEqual([]));
});
