/**
 * How often the gates of a rollout are wrong, and how long they take: thousands of simulated rollouts through the code that decides
 * real ones, beside a z-test at every look, which is what a dashboard and an impatient reader amount to. Run: `node bench/gates.ts`.
 */
import type { StageRequirement } from "../grammar/compiled-spec/index.ts";
import type { RolloutPlan, StagePlan } from "../runtime/rollout/plan.ts";
import { stageEvidence, type StageEvidence } from "../runtime/rollout/evidence.ts";
import { noCounters, type ArmCounters, type StageCounters } from "../runtime/state/counters.ts";
import { normalQuantile } from "../runtime/statistics/normal.ts";

export interface Scenario {
  readonly name: string;
  readonly requirement: StageRequirement;
  /** Share of units at the candidate. */
  readonly share: number;
  /** Rate of errors (or of the label) in each arm. */
  readonly control: number;
  readonly candidate: number;
  /** Share of the candidate's units that are lost before they are counted. */
  readonly lost?: number;
  /** Share of the candidate's units that are counted twice, as by clients that come again under a new name. */
  readonly doubled?: number;
  /** Share of the control's units that are lost. */
  readonly controlLost?: number;
  /** In every fifth look each unit of the candidate comes with so many more, as when a robot has found its way there. */
  readonly robots?: number;
  /** In every tenth look everybody errs at this rate, in either arm. */
  readonly outages?: number;
  /** Share of units whose outcome has come, of a yes-or-no label; all where left out. */
  readonly told?: number;
  readonly looks: number;
  readonly unitsPerLook: number;
  readonly errorBudget?: number;
}

export interface Tally {
  readonly rollouts: number;
  /** Share of rollouts that the gate rolled back. */
  readonly failed: number;
  /** Share that the gate let pass, at the first look where it could. */
  readonly passed: number;
  readonly mismatched: number;
  /** Median units over both arms until the gate failed; NaN when it failed none. */
  readonly medianUnitsToFail: number;
  /** The same for the z-test at every look. */
  readonly zTest: { readonly failed: number; readonly medianUnitsToFail: number };
}

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const ALPHA = 0.05;

export const errorsAtMostControl: StageRequirement = {
  kind: "error-rate", origin, text: "rate(errors) <= control", comparison: "<=", bound: { kind: "control", factor: 1, offset: 0 },
};

export function labelAtLeast(factor: number): StageRequirement {
  return {
    kind: "label-rate", origin, text: `rate(bought) >= control * ${factor}`, label: "bought", comparison: ">=", bound: { kind: "control", factor, offset: 0 },
  };
}

/** A small, fast, seeded generator (Tommy Ettinger's mulberry32): uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface ArmCount {
  units: number;
  /** Of those, whose outcome has come. */
  told: number;
  events: number;
}

function counted(arm: ArmCount): ArmCounters {
  const { units, told, events } = arm;
  const sums = { units: told, n: told, y: events, nn: told, ny: events, yy: events };
  return { ...noCounters, units, requests: units, predictions: units, errors: events, erringUnits: events, outcomes: new Map([["bought", sums]]) };
}

/** A pooled one-sided z-test of two proportions, as dashboards do it. */
function zTestFails(scenario: Scenario, candidate: ArmCount, control: ArmCount): boolean {
  if (candidate.units === 0 || control.units === 0) return false;
  const factor = "bound" in scenario.requirement && scenario.requirement.bound.kind === "control" ? scenario.requirement.bound.factor : 1;
  const pooled = (candidate.events + control.events) / (candidate.units + control.units);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / candidate.units + factor ** 2 / control.units));
  if (error === 0) return false;
  const z = (candidate.events / candidate.units - (factor * control.events) / control.units) / error;
  return (scenario.requirement.kind === "label-rate" ? -z : z) > normalQuantile(1 - ALPHA);
}

interface Rolled {
  readonly failedAt: number | null;
  readonly passedAt: number | null;
  readonly mismatch: boolean;
  readonly zFailedAt: number | null;
}

function simulate(scenario: Scenario, random: () => number): Rolled {
  const { plan, stage } = planOf(scenario);
  const candidate: ArmCount = { units: 0, told: 0, events: 0 };
  const control: ArmCount = { units: 0, told: 0, events: 0 };
  let [failedAt, passedAt, zFailedAt]: [number | null, number | null, number | null] = [null, null, null];
  let mismatch = false;
  for (let look = 1; look <= scenario.looks; look++) {
    for (let unit = 0; unit < scenario.unitsPerLook; unit++) {
      const chosen = random() < scenario.share;
      const lost = chosen ? scenario.lost : scenario.controlLost;
      if (lost !== undefined && random() < lost) continue;
      const arm = chosen ? candidate : control;
      const rate = look % 10 === 3 && scenario.outages !== undefined ? scenario.outages : chosen ? scenario.candidate : scenario.control;
      const times = timesOf(scenario, chosen, look, random);
      for (let time = 0; time < times; time++) {
        arm.units += 1;
        if (scenario.told !== undefined && random() >= scenario.told) continue;
        arm.told += 1;
        if (random() < rate) arm.events += 1;
      }
    }
    const seen = look * scenario.unitsPerLook;
    if (zFailedAt === null && zTestFails(scenario, candidate, control)) zFailedAt = seen;
    if (failedAt !== null) continue;
    const counters: StageCounters = { candidate: counted(candidate), control: counted(control) };
    const evidence: StageEvidence = stageEvidence(plan, stage, counters);
    mismatch ||= evidence.mismatch;
    if (evidence.requirements.some((requirement) => requirement.outcome === "fail")) failedAt = seen;
    else if (passedAt === null && evidence.requirements.every((requirement) => requirement.outcome === "pass")) passedAt = seen;
  }
  return { failedAt, passedAt, mismatch, zFailedAt };
}

/** How often a unit is counted. */
function timesOf({ doubled, robots }: Scenario, chosen: boolean, look: number, random: () => number): number {
  if (!chosen) return 1;
  const twice = doubled !== undefined && random() < doubled ? 2 : 1;
  return twice + (robots !== undefined && look % 5 === 0 ? robots : 0);
}

function planOf(scenario: Scenario): { readonly plan: RolloutPlan; readonly stage: StagePlan } {
  const holdMs = scenario.looks * scenario.unitsPerLook;
  const stage: StagePlan = { name: "canary", traffic: scenario.share, holdMs, requirements: [scenario.requirement], approvals: [] };
  return {
    stage,
    plan: {
      name: "simulated", model: "m", service: "s", unit: "u", alpha: ALPHA, power: 0.8, stages: [stage], volumePerMs: 1,
      errorBudget: scenario.errorBudget ?? null, labelRates: {}, labels: { bought: { yesOrNo: true, withinMs: null } },
    },
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const present = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);

export function tally(scenario: Scenario, rollouts: number, seed: number): Tally {
  const random = seeded(seed);
  const results = Array.from({ length: rollouts }, () => simulate(scenario, random));
  const failures = present(results.map((result) => result.failedAt));
  const zFailures = present(results.map((result) => result.zFailedAt));
  return {
    rollouts,
    failed: failures.length / rollouts,
    // The stage ends at the first of the two, so a later failure is no rollback and a later pass no release.
    passed: results.filter((r) => r.passedAt !== null && (r.failedAt === null || r.passedAt < r.failedAt)).length / rollouts,
    mismatched: results.filter((result) => result.mismatch).length / rollouts,
    medianUnitsToFail: median(failures),
    zTest: { failed: zFailures.length / rollouts, medianUnitsToFail: median(zFailures) },
  };
}

const canary = { share: 0.05, looks: 200, unitsPerLook: 500 };
export const scenarios: readonly Scenario[] = [
  { ...canary, name: "errors: healthy, 1% = 1%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.01 },
  { ...canary, name: "errors: healthy, 0.1% = 0.1%", requirement: errorsAtMostControl, control: 0.001, candidate: 0.001 },
  { ...canary, name: "errors: doubled, 1% → 2%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.02 },
  { ...canary, name: "errors: bad canary, 0% → 2%", requirement: errorsAtMostControl, control: 0, candidate: 0.02 },
  { ...canary, name: "label: healthy, 4% = 4%, ≥ control", requirement: labelAtLeast(1), control: 0.04, candidate: 0.04 },
  { ...canary, share: 0.5, name: "label: healthy, 4% = 4%, ≥ control, half", requirement: labelAtLeast(1), control: 0.04, candidate: 0.04 },
  { ...canary, share: 0.5, name: "label: at the bound, 4% → 3.6%, ≥ 90%, half", requirement: labelAtLeast(0.9), control: 0.04, candidate: 0.036 },
  { ...canary, share: 0.5, name: "label: worse, 4% → 3%, ≥ 90%, half", requirement: labelAtLeast(0.9), control: 0.04, candidate: 0.03 },
  { ...canary, share: 0.5, name: "label: healthy, 4% = 4%, ≥ control, half, half told", requirement: labelAtLeast(1), control: 0.04, candidate: 0.04, told: 0.5 },
  { ...canary, share: 0.5, name: "label: worse, 4% → 3%, ≥ 90%, half, half told", requirement: labelAtLeast(0.9), control: 0.04, candidate: 0.03, told: 0.5 },
  { ...canary, name: "label: worse, 4% → 2.4%, ≥ control", requirement: labelAtLeast(1), control: 0.04, candidate: 0.024 },
  { ...canary, name: "sample ratio: a tenth of candidates lost", requirement: errorsAtMostControl, control: 0.01, candidate: 0.01, lost: 0.1 },
  { ...canary, name: "sample ratio: half lost, 1% = 1%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.01, lost: 0.5 },
  { ...canary, name: "sample ratio: all counted twice, 1% = 1%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.01, doubled: 1 },
  { ...canary, name: "sample ratio: a third twice, 1% = 1%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.01, doubled: 0.33 },
  { ...canary, name: "sample ratio: half lost, errors 1% → 2%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.02, lost: 0.5 },
  { ...canary, name: "sample ratio: half lost, all requests fail", requirement: errorsAtMostControl, control: 0.01, candidate: 1, lost: 0.5 },
  ...[
    { name: "control: 99.9% lost, 1% = 1%", controlLost: 0.999 },
    { name: "control: 99.9% lost, 10% = 10%", controlLost: 0.999, control: 0.1, candidate: 0.1 },
    { name: "control: 99.9% lost, 40% = 40%", controlLost: 0.999, control: 0.4, candidate: 0.4 },
    { name: "control: all of it lost, 20% = 20%", controlLost: 1, control: 0.2, candidate: 0.2 },
    { name: "robots: 20 more a unit, 1% = 1%", robots: 20 },
    { name: "robots: 20 more a unit, 30% = 30%", robots: 20, control: 0.3, candidate: 0.3 },
    { name: "robots and outages, 1% = 1%, then 50%", robots: 3, outages: 0.5 },
    { name: "twice and outages, 1% = 1%, then 80%", doubled: 1, outages: 0.8 },
    { name: "control: 90% lost and outages", controlLost: 0.9, outages: 0.8 },
  ].map((rest): Scenario => ({ ...canary, requirement: errorsAtMostControl, control: 0.01, candidate: 0.01, ...rest, name: `lopsided, equal: ${rest.name}` })),
  { ...canary, name: "lopsided: control 99.9% lost, 1% → 100%", requirement: errorsAtMostControl, control: 0.01, candidate: 1, controlLost: 0.999 },
  { ...canary, name: "lopsided: control 90% lost, 1% → 10%", requirement: errorsAtMostControl, control: 0.01, candidate: 0.1, controlLost: 0.9 },
];

function main(rollouts: number): void {
  const share = (value: number) => `${(value * 100).toFixed(1)}%`.padStart(7);
  const units = (value: number) => (Number.isNaN(value) ? "–" : String(value)).padStart(8);
  console.log(`${rollouts} simulated rollouts each, ${canary.looks} looks of ${canary.unitsPerLook} units, α = ${ALPHA}`);
  console.log(`${"".padEnd(46)} rolled  median   passed  sample  z-test  z-test   ratio of\n${"".padEnd(46)}   back   units            ratio    back   units   rollbacks`);
  for (const [i, scenario] of scenarios.entries()) {
    const t = tally(scenario, rollouts, 1_000 + i);
    const ratio = t.zTest.failed === 0 ? "–" : (t.failed / t.zTest.failed).toFixed(3);
    console.log(
      `${scenario.name.padEnd(46)}${share(t.failed)}${units(t.medianUnitsToFail)} ${share(t.passed)} ${share(t.mismatched)} ${share(t.zTest.failed)}${units(t.zTest.medianUnitsToFail)}  ${ratio.padStart(8)}`,
    );
  }
}

if (import.meta.main) main(Number(process.argv[2] ?? 2_000));
