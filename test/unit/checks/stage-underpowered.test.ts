import { describe, expect, test } from "vitest";
import { col, day, errorsUpTo, findings, hour, impressions, line, messages, minute, purchases, rateAtLeast, rollout, rowLabel, service, shop, slo, stage } from "./spec-builder.ts";
import type { Stage } from "../../../grammar/compiled-spec/index.ts";

const check = "stage-underpowered";
const releasing = (canary: Stage, more = {}) => shop({ rollouts: [rollout("release", "ranker", "recommend", [canary, stage("full", 1, 0)])], ...more });
const buying = slo("buying", "recommend", 0.01, 7 * day, { indicator: { kind: "label-rate", label: "purchased" } });

describe("stage-underpowered fires", () => {
  test("when the stage sees fewer requests than a doubled error rate needs", () => {
    const [finding] = findings(check, releasing(stage("canary", 0.05, hour, [errorsUpTo(1)], { at: { hold: line(3) } }), { services: [service("recommend", "ranker", { otherwise: "usual", volumePerMs: 240_000 / day })] }));
    // 0.5% → 1% at a share of 5% needs 1,710 units: the design's own example.
    expect(finding?.message).toBe(
      "Stage `canary` cannot see a rise of the error rate from 0.5% to 1%: in 1h, 5% of 240,000 requests per day are at most 500, and 1,710 are needed (false alarms 5%, power 80%). "
      + "A hold of 206m would do, or more traffic.",
    );
    expect(finding?.severity).toBe("warning");
    expect(finding?.fix).toEqual({ title: "Hold for 206m", edits: [{ origin: line(3), newText: "206m" }] });
    expect(finding?.data).toEqual({ stage: "canary", available: 500, needed: 1710, holdMs: 205.2 * minute, from: 0.005, to: 0.01 });
    expect(finding?.related).toEqual([{ origin: line(3), message: "the stage lasts 1h" }, { origin: line(0), message: "the usual rate of 0.5% is taken from objective `available`" }]);
  });

  test("without a fix where the hold is not written out", () => {
    expect(findings(check, releasing(stage("canary", 0.05, hour, [errorsUpTo(1)])))[0]).not.toHaveProperty("fix");
  });

  test("with what becomes of the stage where the hold that it needs is longer than it may last", () => {
    // 1,710 units at 500 in an hour: 205.2 minutes.
    const lasting = (atMostMs: number, overdue: Stage["overdue"]) => messages(check, releasing(stage("canary", 0.05, hour, [errorsUpTo(1)], { atMostMs, overdue }), { services: [service("recommend", "ranker", { otherwise: "usual", volumePerMs: 240_000 / day })] }))[0]?.split(" would do, or more traffic.")[1];
    expect(lasting(180 * minute, "roll-back")).toBe(" It may last 3h at most (`at_most`): it is rolled back before it can pass.");
    expect(lasting(205 * minute, "ask")).toBe(" It may last 3h25m at most (`at_most`): it stops and asks a person before it can pass.");
    expect(lasting(206 * minute, "ask")).toBe("");
  });

  test("for one request too few", () => {
    // 1,710 units at a share of 5% are 34,200 requests in an hour.
    const bringing = (requests: number) => releasing(stage("canary", 0.05, hour, [errorsUpTo(1)]), { services: [service("recommend", "ranker", { otherwise: "usual", volumePerMs: requests / hour })] });
    expect(messages(check, bringing(34_199))[0]).toContain("are at most 1,709, and 1,710 are needed");
    expect(messages(check, bringing(34_200))).toEqual([]);
  });

  test("with the volume taken from the source of the model's examples (indirect)", () => {
    const sources = [impressions({ volumePerMs: 24_000 / day }), purchases()];
    expect(messages(check, releasing(stage("canary", 0.05, hour, [errorsUpTo(1)]), { sources }))).toEqual([
      "Stage `canary` cannot see a rise of the error rate from 0.5% to 1%: in 1h, 5% of 24,000 requests per day are at most 50, and 1,710 are needed (false alarms 5%, power 80%). "
      + "A hold of 35h would do, or more traffic.",
    ]);
  });

  test("for a factor that the requirement names", () => {
    const [finding] = findings(check, releasing(stage("canary", 0.1, 4 * hour, [errorsUpTo(1.2)])));
    expect(finding?.message).toContain("a rise of the error rate from 0.5% to 0.6%: in 4h, 10% of 480,000 requests per day are at most 8,000, and ");
  });

  test("for a fall of a label's rate, the usual rate taken from the objective", () => {
    const [finding] = findings(check, releasing(stage("ramp", 0.05, hour, [rateAtLeast("purchased", 0.8)]), { slos: [{ ...buying, origin: line(8) }] }));
    expect(finding?.message).toContain("Stage `ramp` cannot see a fall of the rate of `purchased` from 1% to 0.8%: in 1h, 5% of 480,000 requests per day are at most 0 with a known outcome (it takes 1d), and ");
    expect(finding?.related).toContainEqual({ origin: line(8), message: "the usual rate of 1% is taken from objective `buying`" });
  });

  describe("while outcomes are not known yet", () => {
    // A purchase counts until a day after; 5% of the traffic are 1,000 requests per hour, and a fall from 1% to 0.8% needs 14,942.
    const ramp = (hold: number, more = {}) => releasing(stage("ramp", 0.05, hold, [rateAtLeast("purchased", 0.8)]), { slos: [buying], ...more });
    const needed = 14_942;

    test("which takes the label's `within` of every hold", () => {
      expect(findings(check, ramp(30 * hour))[0]).toMatchObject({
        message: expect.stringContaining(`in 30h, 5% of 480,000 requests per day are at most 6,000 with a known outcome (it takes 1d), and 14,942 are needed (false alarms 5%, power 80%). A hold of 39h would do, or more traffic.`) as string,
        data: { available: 6000, needed, holdMs: day + needed * hour / 1000 },
      });
      expect(messages(check, ramp(day + (needed - 1) * hour / 1000))).toHaveLength(1);
      expect(messages(check, ramp(day + needed * hour / 1000))).toEqual([]);
    });

    test("and the lateness of its events", () => {
      expect(messages(check, ramp(day + needed * hour / 1000, { sources: [impressions(), purchases({ latenessMs: 3 * hour })] }))[0]).toContain("are at most 11,942 with a known outcome (it takes 27h), and ");
    });

    test("which a label of the row does not need", () => {
      expect(messages(check, ramp(15 * hour, { labels: [rowLabel("purchased", "impressions", col("price"))] }))).toEqual([]);
    });
  });

  test("for a tenth less of a label's rate, where the bound is the control itself", () => {
    const [finding] = findings(check, releasing(stage("ramp", 0.05, hour, [rateAtLeast("purchased", 1)]), { slos: [buying] }));
    expect(finding?.message).toContain("cannot see a fall of the rate of `purchased` from 1% to 0.9%");
  });

  test("for a shadow, which sees all requests in both arms", () => {
    expect(messages(check, releasing(stage("shadow", 0, minute, [errorsUpTo(1)])))[0]).toMatch(
      /^Stage `shadow` cannot see a rise of the error rate from 0\.5% to 1%: in 1m, 100% of 480,000 requests per day are at most 333, and [\d,]+ are needed .* A hold of \d+m would do\.$/,
    );
  });

  test("with the usual rate of the strictest of several objectives", () => {
    const slos = [slo("loose", "recommend", 0.9, day), slo("strict", "recommend", 0.999, day)];
    expect(messages(check, releasing(stage("canary", 0.05, hour, [errorsUpTo(1)]), { slos }))[0]).toContain("from 0.1% to 0.2%: in 1h, 5% of 480,000 requests per day are at most 1,000, and 8,602 are needed");
  });

  test("for each stage and requirement on its own", () => {
    const rollouts = [rollout("release", "ranker", "recommend", [stage("a", 0.01, minute, [errorsUpTo(1)]), stage("b", 0.5, 10 * hour, [errorsUpTo(1)]), stage("c", 0.01, minute, [errorsUpTo(1), errorsUpTo(3)])])];
    expect(findings(check, shop({ rollouts })).map(({ data }) => data?.["stage"])).toEqual(["a", "c", "c"]);
  });
});

describe("stage-underpowered is silent", () => {
  test("when there are enough requests", () => expect(messages(check, releasing(stage("canary", 0.1, 4 * hour, [errorsUpTo(1)])))).toEqual([]));

  test("for a requirement that is implied, which stops harm and asks for no proof", () => {
    const implied = { ...errorsUpTo(1), implied: true } as ReturnType<typeof errorsUpTo>;
    expect(messages(check, releasing(stage("canary", 0.05, hour, [implied])))).toEqual([]);
    expect(messages(check, releasing(stage("ramp", 0.05, hour, [{ ...rateAtLeast("purchased", 0.8), implied: true } as ReturnType<typeof errorsUpTo>]), { slos: [buying] }))).toHaveLength(1);
  });

  test("for all traffic, which leaves no control, and for outcomes of a shadow, which answers nobody", () => {
    expect(messages(check, releasing(stage("all", 1, minute, [errorsUpTo(1)])))).toEqual([]);
    expect(messages(check, releasing(stage("shadow", 0, minute, [rateAtLeast("purchased", 0.5)]), { slos: [buying] }))).toEqual([]);
  });

  test("for a shadow that mirrors enough", () => expect(messages(check, releasing(stage("shadow", 0, 4 * hour, [errorsUpTo(1)])))).toEqual([]));

  test("without a volume, or without an objective that tells the usual rate", () => {
    const canary = stage("canary", 0.01, minute, [errorsUpTo(1)]);
    expect(messages(check, releasing(canary, { sources: [impressions({ volumePerMs: null })] }))).toEqual([]);
    expect(messages(check, releasing(canary, { slos: [] }))).toEqual([]);
    expect(messages(check, releasing(canary, { slos: [slo("fast", "recommend", 0.99, day, { indicator: { kind: "latency", belowMs: 50 } })] }))).toEqual([]);
  });

  test("for requirements that compare with a constant, or of another kind", () => {
    expect(messages(check, releasing(stage("ramp", 0.01, minute, [{ ...errorsUpTo(1), bound: { kind: "constant", value: 0.01 } } as ReturnType<typeof errorsUpTo>])))).toEqual([]);
    expect(messages(check, releasing(stage("ramp", 0.01, minute, [{ origin: line(0), text: "", kind: "latency", quantile: 0.99, maxMs: 20 }])))).toEqual([]);
  });

  test("when rollout and service do not meet in the spec", () => {
    expect(messages(check, releasing(stage("canary", 0.01, minute, [errorsUpTo(1)]), { services: [] }))).toEqual([]);
    expect(messages(check, releasing(stage("canary", 0.01, minute, [errorsUpTo(1)]), { models: [] }))).toEqual([]);
  });
});
