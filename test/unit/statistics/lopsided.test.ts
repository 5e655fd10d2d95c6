import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorsAtMostControl, scenarios, seeded, tally } from "../../../bench/gates.ts";
import { stageEvidence } from "../../../runtime/rollout/evidence.ts";
import { logEvidenceOfMoreErrors } from "../../../runtime/statistics/e-process.ts";
import { evidenceWhereLopsided, largestRate } from "../../../runtime/statistics/lopsided.ts";
import { counters, planWith, served, stage } from "../rollout/fixtures.ts";

const alpha = 0.05;
const against = (candidate: [units: number, errors: number], control: [units: number, errors: number], factor = 1, offset = 0) =>
  evidenceWhereLopsided({ candidate: { units: candidate[0], errors: candidate[1] }, control: { units: control[0], errors: control[1] }, factor, offset }, alpha);

describe("a candidate that always fails", () => {
  /** Failing units after which it is rolled back; a stage never sees more here than the attack did. */
  const failures = (share: number, control: number, wellBefore: number): number => {
    const tested = stage("canary", share, { requirements: [errorsAtMostControl] });
    const isFailed = (failed: number) =>
      stageEvidence(planWith([tested]), tested, counters(served(wellBefore + failed, failed), served(control, 0))).requirements[0]?.outcome === "fail";
    return Array.from({ length: 1_500 }, (_, failed) => failed).find(isFailed) ?? NaN;
  };
  const controls = [0, 1, 2, 3, 4, 5, 8, 12, 20, 50, 200, 1_000, 20_000];

  it.each([0.01, 0.1, 0.5, 0.9])("is rolled back within a few dozen units at a share of %d, however many the control has", (share) => {
    for (const control of controls) expect(failures(share, control, 0)).toBeLessThanOrEqual(40);
  });

  it("also when it did well before", () => {
    for (const control of controls) expect(failures(0.1, control, 20)).toBeLessThanOrEqual(60);
  });

  it("also beside a control of which few units err", () => {
    for (const [units, errors] of [[5, 1], [12, 1], [50, 5], [1_000, 10]] as const) expect(against([50, 50], [units, errors])).toBeGreaterThanOrEqual(1);
  });

  it("is not saved by a healthy control unit more", () => {
    const first = controls.map((control) => Array.from({ length: 200 }, (_, n) => n).find((n) => against([n, n], [control, 0]) >= 1) ?? NaN);
    first.slice(1).forEach((n, i) => { expect(n).toBeLessThanOrEqual(first[i] ?? 0); });
  });
});

describe("equal versions where units are lost or come too often", () => {
  it.each(scenarios.filter(({ name }) => /^lopsided, equal|^sample ratio: (half lost|all counted twice), 1% = 1%/.test(name)).map((scenario, i) => ({ ...scenario, seed: 50 + i })))(
    "are rolled back no more often than α says: $name", ({ seed, ...scenario }) => {
      expect(tally({ ...scenario, looks: 60, unitsPerLook: 200 }, 60, seed).failed).toBeLessThanOrEqual(0.05);
    });

  it("at each moment by themselves, whoever the errors fell to: over every split of m errors among the units", () => {
    for (const [n1, n0] of [[10, 1], [40, 2], [60, 10], [30, 30], [100, 5], [10, 80]] as const) {
      for (let m = 1; m <= (n1 + n0) / 2; m++) expect(chanceOfFailing(n1, n0, m)).toBeLessThanOrEqual(alpha);
    }
  });

  it("not while the control errs as the candidate does", () => {
    expect(against([1_500, 1_500], [2, 2])).toBeLessThan(1);
    expect(against([1_500, 1_400], [10, 9])).toBeLessThan(1);
    expect(against([1_000, 500], [8, 4])).toBeLessThan(1);
  });
});

/** Fisher's hypergeometric chance of the splits that fail. */
function chanceOfFailing(n1: number, n0: number, m: number): number {
  const choose = (n: number, k: number): number => Array.from({ length: k }, (_, i) => Math.log((n - i) / (i + 1))).reduce((sum, log) => sum + log, 0);
  let chance = 0;
  for (let s = Math.max(0, m - n0); s <= Math.min(m, n1); s++) if (against([n1, s], [n0, m - s]) >= 1) chance += Math.exp(choose(n1, s) + choose(n0, m - s) - choose(n1 + n0, m));
  return chance;
}

describe("what the two tests rest on", () => {
  it("the largest rate lies above the average of the true ones at all times, with probability 1 − α, also where these change", () => {
    const random = seeded(7);
    const missed = (rate: (i: number) => number): number => {
      let runs = 0;
      for (let run = 0; run < 200; run++) {
        let [successes, sum, isMissed] = [0, 0, false];
        for (let i = 1; i <= 300; i++) {
          sum += rate(i);
          if (random() < rate(i)) successes++;
          if ((i < 20 || i % 10 === 0) && largestRate({ successes, trials: i }, 0.2) < sum / i) isMissed = true;
        }
        if (isMissed) runs++;
      }
      return runs / 200;
    };
    for (const rate of [() => 0.02, () => 0.3, () => 0.9, (i: number) => (i % 50 < 10 ? 0.9 : 0.01), (i: number) => i / 300]) expect(missed(rate)).toBeLessThan(0.2);
  });

  it("it is 1 of nothing, and close to what was seen of much", () => {
    expect(largestRate({ successes: 0, trials: 0 }, 0.005)).toBe(1);
    expect(largestRate({ successes: 2_500, trials: 100_000 }, 0.005)).toBeLessThan(0.028);
  });

  it("evidence by a share that is larger is less, where there is any; with an offset that is seen and not proved", () => {
    const share = fc.double({ min: 0.005, max: 0.995, noNaN: true });
    fc.assert(fc.property(fc.tuple(fc.nat(3_000), fc.nat(3_000), share, share, share, share), fc.constantFrom(0.5, 1, 1.5, 3), fc.constantFrom(0, 0.001, 0.02, 0.3), ([n1, n0, p1, p0, a, b], factor, offset) => {
      const arms = { candidate: { units: n1, errors: Math.floor(n1 * p1) }, control: { units: n0, errors: Math.floor(n0 * p0) }, factor, offset };
      const [small, large] = [Math.min(a, b), Math.max(a, b)].map((at) => logEvidenceOfMoreErrors({ ...arms, share: at })) as [number, number];
      expect(large).toBeLessThanOrEqual(Math.max(0, small) + 1e-9);
    }), { numRuns: 2_000 });
  });
});
