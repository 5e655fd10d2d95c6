import { expect } from "vitest";
import { both, holds, hostile, metricOf, mlspec, scores, warned, type Result } from "./table.ts";
import { noise, small, table } from "./small.ts";

/** y = offset + spread · (x + a little noise). */
const line = (offset: number, spread: number): string => table("x,y", 1000, (_, u) => { const x = noise(u); return [x, offset + spread * (x + noise(u) / 30)]; });
const lossesOf = ({ events }: Result): number[] => events.flatMap((event) => (event.type === "epoch-finished" ? [event.trainLoss] : []));
const silent = holds("no warning", ({ code, events, out, err }) => {
  expect(code, out + err).toBe(0);
  expect(events.filter((event) => event.type === "message" && event.level === "warning" && event.code !== undefined)).toEqual([]);
});

hostile("labels and inputs far from zero", [
  { tried: "unix seconds ± 60 as labels", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": line(1.7e9, 60) }, then: scores("r2", 0.998, 1) },
  { tried: "10⁹ ± 1 as labels", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": line(1e9, 1) }, then: scores("r2", 0.998, 1) },
  { tried: "whole numbers around 10¹² as labels", spec: small({ columns: "x: float, y: int", labelType: "int" }), files: { "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [x, 1e12 + Math.round(50 * x)]; }) }, then: scores("r2", 0.998, 1) },
  { tried: "labels beyond what 32 bits hold", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": line(0, 1e60) }, then: scores("r2", 0.998, 1) },
  {
    tried: "10⁹ ± 1: the losses that are told", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": line(1e9, 1) },
    then: holds("the last is the noise's variance, 0.0011", (result) => expect(lossesOf(result).at(-1)).toBeCloseTo(1 / 900, 3)),
  },
  {
    tried: "number(x) of unix seconds ± 60", spec: small({ columns: "x: float, y: bool", labelType: "bool", inputs: "x = number(x)" }),
    files: { "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [1.7e9 + 20 * x, x + noise(u) / 4 > 0]; }) }, then: scores("auc", 0.95, 1),
  },
  {
    tried: "number(x) of unix seconds ± 60 as ints, some missing", spec: small({ columns: "x: int?, y: bool", labelType: "bool", inputs: "x = number(x)" }),
    files: { "data.csv": table("x,y", 1000, (i, u) => { const x = noise(u); return [i % 10 === 0 ? "" : 1_700_000_000 + Math.round(20 * x), x + noise(u) / 4 > 0]; }) }, then: scores("auc", 0.85, 1),
  },
]);

/** At every x nine of ten answers are no; the weights make yes as likely. */
const weighted = table("x,y,w", 2000, (i, u) => [noise(u), i % 10 === 0, i % 10 === 0 ? 9 : 1]);
const weightedSpec = (batch: number, optimizer: string, epochs: number): string => small({
  columns: "x: float, y: bool, w: float", labelType: "bool", dataset: "weight: w", metrics: "[log_loss, calibration_error]", train: `optimizer: ${optimizer}, batch: ${batch}, epochs: ${epochs}, seed: 1`,
});
/** One of a hundred is a yes, where x is large. */
const rare = table("x,y,w", 4000, (_, u) => { const [x, yes] = [noise(u), u() < 0.01]; return [yes ? x + 2 : x, yes, yes ? 999 : 1]; });

hostile("weights", [
  { tried: "batch: 1", spec: weightedSpec(1, "sgd(rate: 0.002)", 10), files: { "data.csv": weighted }, then: both(scores("calibration_error", 0, 0.1), scores("log_loss", 0, 0.71)) },
  { tried: "batch: 16", spec: weightedSpec(16, "sgd(rate: 0.02)", 20), files: { "data.csv": weighted }, then: scores("calibration_error", 0, 0.1) },
  {
    tried: "rare positives of weight 999, batch: 64", files: { "data.csv": rare },
    spec: small({ columns: "x: float, y: bool, w: float", labelType: "bool", dataset: "weight: w", train: "optimizer: adam(rate: 0.01), batch: 64, epochs: 20, seed: 1" }),
    then: both(scores("auc", 0.75, 1), holds("the loss falls", (result) => {
      const losses = lossesOf(result);
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    })),
  },
]);

const outlier = (value: number) => table("x,y", 1000, (i, u) => { const x = noise(u); return [i === 7 ? value : x, x + noise(u) > 0]; });
const outlierSpec = (encoding: string, columns = "x: float, y: bool"): string => small({ columns, labelType: "bool", inputs: `x = ${encoding}(x)` });

hostile("outliers", [
  { tried: "one value of 10⁶, standardised", spec: outlierSpec("standardize"), files: { "data.csv": outlier(1e6) }, then: warned("outlier-dominates", /'x'/, /1000000/, /1 of \d+ training rows \(1000000\) holds over 99\.99%/, /robust\(/) },
  {
    tried: "one value of 10⁶, run twice", spec: outlierSpec("standardize"), files: { "data.csv": outlier(1e6) },
    then: holds("warned by the run that finds the result too", async ({ folder }) => {
      const { out } = await mlspec(folder, "run", "spec.mlspec", "--json");
      expect(out).toMatch(/"stage": "train",\s+"outcome": "skipped"/);
      expect(out).toMatch(/"code": "outlier-dominates"/);
    }),
  },
  { tried: "one value of 10⁶, normalised", spec: outlierSpec("normalize"), files: { "data.csv": outlier(1e6) }, then: warned("outlier-dominates", /'x'/, /1000000/) },
  { tried: "one value of 10³⁰⁰", spec: outlierSpec("standardize"), files: { "data.csv": outlier(1e300) }, then: warned("outlier-dominates", /'x'/, /1e\+?100/) },
  { tried: "one value of 10⁶, robust", spec: outlierSpec("robust"), files: { "data.csv": outlier(1e6) }, then: both(scores("auc", 0.8, 1), silent) },
  { tried: "one value of 10³⁰⁰, robust", spec: outlierSpec("robust"), files: { "data.csv": outlier(1e300) }, then: both(scores("auc", 0.8, 1), silent) },
  {
    tried: "a column that is 1 in a single row", spec: outlierSpec("standardize", "x: float, id: int, y: bool"), then: silent,
    files: { "data.csv": table("x,id,y", 1000, (i, u) => [i === 500 ? 1 : 0, i, u() > 0.5]) },
  },
  { tried: "a long tail", spec: outlierSpec("standardize"), then: silent, files: { "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [Math.exp(2 * x), x > 0]; }) } },
  {
    tried: "5 ± 10⁻⁹ in training, 5.1 in the test", then: holds("the error stays below that of ten further deviations", (result) => expect(metricOf(result, "rmse")).toBeLessThan(30)),
    spec: `${small({ columns: "x: float, y: float", dataset: "test: later", split: "by_hash(train: 90%, validate: 10%)" })}\nsource later {\n  read: csv("later.csv")\n  columns { x: float, y: float }\n}\n`,
    files: {
      "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [5 + x * 1e-9, x]; }), "later.csv": table("x,y", 100, (_, u) => [5.1, noise(u)]),
    },
  },
]);
