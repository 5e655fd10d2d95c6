import { describe, expect, test } from "vitest";
import { contract, findings as inText, gates, stage } from "./through-the-compiler.ts";
import { atLeast, day, evaluation, findings, line, messages, respond, shop, slo } from "./spec-builder.ts";

const check = "requirement-implied";
const found = (text: string) => inText(check, text);
const idle = (a: string, ...by: string[]) => `\`${a}\` makes no difference beside ${by.map((b) => `\`${b}\``).join(" and ")}. Leave it out, or write what was meant.`;

describe("requirement-implied fires", () => {
  test("at the weaker, with the stricter", () => {
    const requirements = [{ ...atLeast("auc", 0.6), origin: line(4) }, { ...atLeast("auc", 0.7), origin: line(5) }];
    expect(findings(check, shop({ evaluations: [evaluation("quality", "ranker", requirements)] }))).toEqual([
      { check, severity: "warning", message: idle("auc >= 0.6", "auc >= 0.7"), origin: line(4), related: [{ origin: line(5), message: "this asks for as much, or more" }] },
    ]);
  });

  test.each([
    [gates("auc >= 0.7", "auc > 0.7"), idle("auc >= 0.7", "auc > 0.7")],
    [gates("0.8 <= auc", "auc > 0.7"), idle("auc > 0.7", "0.8 <= auc")],
    [gates("log_loss <= 0.3", "log_loss < 0.5"), idle("log_loss < 0.5", "log_loss <= 0.3")],
    [gates("auc >= 0.6 by country", "auc >= 0.7 by country"), idle("auc >= 0.6 by country", "auc >= 0.7 by country")],
    [gates("auc >= current.auc - 0.02", "auc >= current.auc - 0.01"), idle("auc >= current.auc - 0.02", "auc >= current.auc - 0.01")],
    [gates("auc >= usual.auc * 1.1", "auc >= usual.auc * 1.2"), idle("auc >= usual.auc * 1.1", "auc >= usual.auc * 1.2")],
    [stage("rate(errors) <= control * 110%", "rate(errors) <= control"), idle("rate(errors) <= control * 110%", "rate(errors) <= control")],
    [stage("rate(errors) <= 2%", "rate(errors) <= 1%"), idle("rate(errors) <= 2%", "rate(errors) <= 1%")],
    [stage("disagreement < 5%", "disagreement(tolerance: 0.01) < 5%"), idle("disagreement < 5%", "disagreement(tolerance: 0.01) < 5%")],
    [stage("latency.p99 < 20ms", "latency.p50 < 20ms"), idle("latency.p50 < 20ms", "latency.p99 < 20ms")],
    [stage("latency.p99 < 20ms", "latency.p99 < 30ms"), idle("latency.p99 < 30ms", "latency.p99 < 20ms")],
    [contract("rows >= 10", "rows in 20..30"), idle("rows >= 10", "rows in 20..30")],
    [contract("missing(a) <= 1%", "missing(a) < 1%"), idle("missing(a) <= 1%", "missing(a) < 1%")],
    [contract("distinct(a) > 2", "distinct(a) >= 4"), idle("distinct(a) > 2", "distinct(a) >= 4")],
    [contract("b >= 1", "b in 1..50"), idle("b >= 1", "b in 1..50")],
    [contract("b in 1..50", "b in 1..40"), idle("b in 1..50", "b in 1..40")],
    [contract("b in 1..50", "b >= 2", "b < 40"), idle("b in 1..50", "b >= 2", "b < 40")],
    [contract("b > 0", "b > 1 and c == \"x\""), idle("b > 0", "b > 1 and c == \"x\"")],
    [contract("a >= 0 and b >= 0", "a > 1", "b > 1"), idle("a >= 0 and b >= 0", "a > 1", "b > 1")],
    [contract("a >= 1", "a >= 1 and b >= 1"), idle("a >= 1", "a >= 1 and b >= 1")],
    [contract("b > 0", "b > 0 and c == \"x\""), idle("b > 0", "b > 0 and c == \"x\"")],
    [contract("b > 0 and d", "b > 0"), idle("b > 0", "b > 0 and d")],
    [contract("rows <= 10", "rows <= 5"), idle("rows <= 10", "rows <= 5")],
    [contract("rows <= 10 per 1d", "rows <= 5 per 1d"), idle("rows <= 10 per 1d", "rows <= 5 per 1d")],
    [contract("distinct(a) < 5", "distinct(a) == 3"), idle("distinct(a) < 5", "distinct(a) == 3")],
    [contract("missing(a) <= 2%", "missing(a) < 1%"), idle("missing(a) <= 2%", "missing(a) < 1%")],
    [contract("3 == a", "5 > a"), idle("5 > a", "3 == a")],
    [contract("at > 2026-01-02", "2026-01-03 < at"), idle("at > 2026-01-02", "2026-01-03 < at")],
    [contract("b >= 1", "b >= a", "b >= 2"), idle("b >= 1", "b >= 2")],
    [contract("b > 1 and b > 2", "b > 3"), idle("b > 1 and b > 2", "b > 3")],
    [gates("auc > usual.auc * 1.1", "auc >= usual.auc * 1.2"), idle("auc > usual.auc * 1.1", "auc >= usual.auc * 1.2")],
    [stage("rate(purchased) >= control * 90%", "rate(purchased) >= control * 95%"), idle("rate(purchased) >= control * 90%", "rate(purchased) >= control * 95%")],
  ])("%s", async (text, message) => expect(await found(text)).toEqual([message]));

  test("for each that is weaker than the strictest", async () =>
    expect(await found(gates("auc >= 0.5", "auc >= 0.7", "auc >= 0.6"))).toEqual([idle("auc >= 0.5", "auc >= 0.7"), idle("auc >= 0.6", "auc >= 0.7")]));

  test.each([
    [["latency.p99 < 25ms", "latency.p90 < 20ms", "latency.p50 < 30ms"], idle("latency.p50 < 30ms", "latency.p90 < 20ms")],
    [["latency.p90 < 20ms", "latency.p99 < 25ms", "latency.p50 < 30ms"], idle("latency.p50 < 30ms", "latency.p90 < 20ms")],
  ])("beside the strictest, of two that are stricter: %s", async (lines, message) => expect(await found(stage(...lines))).toEqual([message]));

  test("for the second of two that ask for the same, and not for both", async () =>
    expect(await found(contract("b >= 1 and b <= 50", "b >= 0", "b <= 60"))).toEqual([idle("b >= 0", "b >= 1 and b <= 50"), idle("b <= 60", "b >= 1 and b <= 50")]));

  test("for an objective that is there twice", () => {
    const slos = [slo("a", "recommend", 0.99, 7 * day), slo("b", "recommend", 0.99, 7 * day)];
    expect(messages(check, shop({ slos }))).toEqual([idle("b", "a")]);
  });
});

describe("requirement-implied is silent", () => {
  test.each([
    [gates("auc >= 0.7", "auc >= 0.6 by country")],
    [gates("auc >= 0.7", "auc >= current.auc - 0.01")],
    [gates("auc >= current.auc - 0.01", "auc >= usual.auc - 0.02")],
    [gates("auc >= current.auc * 0.99", "auc >= current.auc * 0.9 + 0.05")],
    [gates("auc >= 0.7", "auc <= 0.95", "recall >= 0.6")],
    [gates("auc >= 0.7", "auc>=0.70")],
    [stage("rate(errors) <= control", "rate(errors) <= 1%")],
    [stage("latency.p99 < 20ms", "latency.p50 < 5ms")],
    [stage("disagreement < 5%", "disagreement(tolerance: 0.2) < 1%")],
    [contract("rows >= 10", "rows >= 20 per 1d", "distinct(a) >= 30", "distinct(b) >= 20")],
    [contract("missing(a) < 1%", "missing(b) < 2%")],
    [contract("b >= 1", "b <= 50", "a >= 2")],
    [contract("b in 1..50", "b > 1")],
    [contract("b > 0 and c == \"x\"", "b > 1")],
    [contract("b > 0 or c == \"x\"", "b > 1", "c != \"y\"")],
    [gates("auc >= usual.auc", "auc >= seldom.auc - 0.1", "auc >= current.auc - 0.1")],
    [gates("auc >= 0.7 by country", "auc >= 0.6")],
    [stage("rate(purchased) >= 8%", "rate(returned) >= 4%")],
    [stage("rate(errors) <= control + 1%", "rate(errors) <= control * 110%")],
    [contract("rows >= 10 per 1d", "rows >= 20 per 2d", "rows >= 5")],
    [contract("b in 1..50", "1 <= b and b <= 50")],
    [contract("b in 1..50", "b in 1..50.0", "b >= 2")],
    [contract("b >= 2", "1 <= b or b <= 50", "b < 50")],
    [contract("d", "e", "b > 1")],
    [contract("b > 1 and d", "b > 1 and e")],
    [contract("b >= a", "b > 3", "b in 1..a")],
    [contract("c > \"10\"", "c > \"9\"")],
  ])("%s", async (text) => expect(await found(text)).toEqual([]));

  test("for objectives in steps, over other times, or with another response", () => {
    const slos = [slo("a", "recommend", 0.99, 7 * day), slo("b", "recommend", 0.999, 7 * day), slo("c", "recommend", 0.99, 28 * day), slo("d", "recommend", 0.99, 7 * day, { respond: respond(1, 1, 1) })];
    expect(messages(check, shop({ slos }))).toEqual([]);
  });
});
