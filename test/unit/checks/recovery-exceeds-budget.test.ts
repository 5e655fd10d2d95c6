import { describe, expect, test } from "vitest";
import { day, findings, hour, line, messages, minute, respond, shop, slo } from "./spec-builder.ts";

const check = "recovery-exceeds-budget";
const promise = (objective: number, windowMs: number, more: Parameters<typeof slo>[4]) => shop({ slos: [slo("available", "recommend", objective, windowMs, more)] });

describe("recovery-exceeds-budget fires", () => {
  test("when detection, decision and recovery together are longer than the budget", () => {
    const [finding] = findings(check, promise(0.9995, 7 * day, { respond: respond(5 * minute, 10 * minute, 5 * minute), at: { objective: line(2), respond: line(3) } }));
    expect(finding?.message).toBe(
      "One outage breaks `available`: it lasts detect 5m + decide 10m + recover 5m = 20m, and 99.95% over 7d allows 5m2s. Recover faster, or promise less.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.origin).toEqual(line(2));
    expect(finding?.related).toEqual([{ origin: line(3), message: "an outage lasts 20m" }]);
    expect(finding?.data).toEqual({ outageMs: 20 * minute, badMs: 20 * minute, budgetMs: 302_400 });
  });

  test("when each part fits and only the sum does not (indirect)", () => {
    expect(messages(check, promise(0.999, 28 * day, { respond: respond(15 * minute, 15 * minute, 15 * minute) }))).toEqual([
      "One outage breaks `available`: it lasts detect 15m + decide 15m + recover 15m = 45m, and 99.9% over 28d allows 40m19s. Recover faster, or promise less.",
    ]);
  });

  test("for an objective without any budget", () => {
    expect(messages(check, promise(1, 7 * day, { respond: respond(1, 0, 0) }))).toEqual([
      "One outage breaks `available`: it lasts detect 1ms + decide 0s + recover 0s = 1ms, and 100% over 7d allows 0s. Recover faster, or promise less.",
    ]);
  });

  test("for a model that grows older than it may before a new one is trained (indirect: 18 h to notice, 12 h to train)", () => {
    const stale = { indicator: { kind: "model-age", belowMs: day } as const, target: { kind: "model", name: "ranker" } as const, respond: respond(18 * hour, 0, 12 * hour) };
    expect(messages(check, promise(0.99, 7 * day, stale))).toEqual([
      "One outage breaks `available`: it lasts detect 18h + decide 0s + recover 12h = 30h, of which the model is older than 1d for at least 6h, "
      + "and 99% over 7d allows 1h41m. Recover faster, or promise less.",
    ]);
  });
});

describe("recovery-exceeds-budget is silent", () => {
  test("when the sum fits, to the millisecond", () => {
    expect(messages(check, promise(0.9995, 7 * day, { respond: respond(302_000, 400, 0) }))).toEqual([]);
    expect(messages(check, promise(0.999, 1000 * day, { respond: respond(day, 0, 0) }))).toEqual([]);
  });
  test("when nothing is said about the response", () => expect(messages(check, promise(0.99999, day, {}))).toEqual([]));
  test("for a label's rate, whose objective is no share of time", () => {
    expect(messages(check, promise(0.99, day, { indicator: { kind: "label-rate", label: "purchased" }, respond: respond(day, day, day) }))).toEqual([]);
  });
  test("for a model that is young enough when the outage ends", () => {
    expect(messages(check, promise(0.99, 7 * day, { indicator: { kind: "model-age", belowMs: day }, respond: respond(12 * hour, hour, 11 * hour) }))).toEqual([]);
  });
});
