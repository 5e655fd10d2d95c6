/** Values by which a gate could never fail, or never pass: they look like a safeguard and are none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Comparison } from "../../../grammar/compiled-spec/index.ts";
import { whereItDecides } from "../../../language-server/compile/reach.ts";
import { check, shop } from "./harness.ts";

const rest = `service s { model: ranker }`;
const rollout = (line: string, stage = "traffic: 100%") => `${shop}\n${rest}\nrollout r of ranker on s {\n  ${line}\n  stage full { ${stage}\n  }\n}`;

describe("alpha and power", () => {
  test.each([
    ["alpha: «0%» //~ out-of-range: `alpha` must be more than 0%, but this is 0%"],
    ["alpha: «100%» //~ out-of-range: `alpha` must be at most 50%, but this is 100%"],
    ["power: «0%» //~ out-of-range: `power` must be at least 50%, but this is 0%"],
    ["power: «100%» //~ out-of-range: `power` must be less than 100%, but this is 100%"],
    ["alpha: 0.1%, power: 99%"],
    ["alpha: 50%, power: 50%"],
  ])("%s", async (line) => check(rollout(line)));
});

const gate = (line: string) => rollout("alpha: 5%", `traffic: 50%, hold: 1h\n    ${line}`);
const evaluation = (line: string, label = "bought") => `${shop}\nlabel cheap: float { of: sales, is: price }\ndataset prices { examples: sales, label: cheap, features: [sales.count] }\nmodel pricing { predict: cheap from prices }\nevaluation e of ${label === "bought" ? "ranker" : "pricing"} {\n  ${line}\n}`;
const dataset = (line: string) => `${shop}\ndataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  ${line}\n}`;

const service = (line: string): string => `${shop}\n${rest}\n${line}`;

describe("an objective", () => {
  test.each([
    ["slo o of s { objective: share(succeeded) >= «0%» over 7d } //~ out-of-range: this can never fail: a share is at least 0%"],
    ["slo o of s { objective: share(succeeded) «>» 99% over 7d } //~ wrong-clause: `>` would mean the same as `>=` of a share that must be reached: write `>=`"],
    ["slo o of s { objective: rate(bought) «>» 4% over 7d } //~ wrong-clause: write `>=`"],
    ["slo o of s { objective: share(latency «<=» 50ms) >= 99% over 7d } //~ wrong-clause: `<=` would mean the same as `<` of a time: write `<`"],
    ["slo o of ranker { objective: share(model_age «<=» 24h) >= 99% over 7d } //~ wrong-clause: write `<`"],
    ["slo o of s { objective: share(latency < «0ms») >= 99% over 7d } //~ out-of-range: `latency` must be more than 0s"],
    ["slo o of s { objective: share(latency < 50ms) >= 100% over 7d }"],
  ])("%s", async (line) => check(service(line)));
});

describe("a data contract", () => {
  test.each([
    ["require missing(a) < «0%» //~ out-of-range: this can never pass: a share is at least 0%"],
    ["require missing(a) <= «100%» //~ out-of-range: this can never fail: a share is at most 100%"],
    ["require rows >= «0» //~ out-of-range: this can never fail: a number of rows or values is at least 0"],
    ["require rows < «0» //~ out-of-range: this can never pass"],
    ["require rows <= «0» //~ out-of-range: this can never pass: a source without rows is refused"],
    ["require rows < «1» per 1d //~ out-of-range: this can never pass: a source without rows is refused"],
    ["require rows in «-5..-1» //~ out-of-range: this can never pass"],
    ["require distinct(a) > «-1» //~ out-of-range: this can never fail"],
    ["require share(a > 0) >= «0%» //~ out-of-range: this can never fail: a share is at least 0%"],
    ["require share(a > 0) > «100%» //~ out-of-range: this can never pass: a share is at most 100%"],
    ["require «share(a > 0) <= 1%» //~ wrong-clause: a contract says how many rows must satisfy a condition at least"],
    ["require share(a > 0) >= 99% by «a» //~ wrong-clause: `by` says nothing here"],
    ["require share(«a») >= 99% //~ type-mismatch"],
    ["require share(«1 > 0») >= 99% //~ type-mismatch: is the same in every row"],
    ["require share(a > 0, «a > 1») >= 99% //~ wrong-arguments: `share` takes a condition, and nothing else"],
    ["require share(a > 0) >= 99.9%, require share(a <= 0) > 0.01%, require share(a in 1..3 or is_null(a)) >= 50%"],
    ["require missing(a) <= 0%, require rows in 0..5, require distinct(a) == 0"],
    ["require missing(a) < 100%, require rows > 0, require rows < 10"],
  ])("%s", async (line) => check(`source x {\n  read: csv("a")\n  columns { a: int? }\n  expect {\n    ${line}\n  }\n}`));
});

describe("a stage's gates", () => {
  test.each([
    ["require rate(errors) <= «5» //~ out-of-range: a rate is at most 100%, but this is 500%"],
    ["require rate(errors) <= «100%» //~ out-of-range: this can never fail: a rate is at most 100%"],
    ["require rate(bought) >= «0%» //~ out-of-range: this can never fail: a rate is at least 0%"],
    ["require «rate(errors)» >= control //~ wrong-clause: a stage limits errors: `rate(errors) <= control`"],
    ["require rate(bought) >= «control * 0%» //~ out-of-range: `control` has no weight in this bound"],
    ["require rate(errors) <= «1 - control» //~ out-of-range: this bound falls where `control` rises: it would not be compared with"],
    ["require latency.p99 <= «0ms» //~ out-of-range: `latency` must be more than 0s"],
    ["require disagreement < «0%» //~ out-of-range: this can never pass: a share is at least 0%"],
    ["require disagreement <= «100%» //~ out-of-range: this can never fail: a share is at most 100%"],
    ["require disagreement «<=» 5% //~ wrong-clause: `<=` would mean the same as `<` of a share of mirrored requests: write `<`"],
    ["require latency.p99 «<=» 20ms //~ wrong-clause: `<=` would mean the same as `<` of a latency: write `<`"],
    ["require rate(errors) «<» control //~ wrong-clause: `<` would mean the same as `<=` of a rate: write `<=`"],
    ["require control «>» rate(errors) //~ wrong-clause: write `>=`"],
    ["require rate(bought) «>» control * 99% //~ wrong-clause: write `>=`"],
    ["require rate(errors) <= «control + 100%» //~ out-of-range: this can never fail, whatever `control` is: a rate is at most 100%"],
    ["require rate(errors) <= «control * 100 + 1» //~ out-of-range: this can never fail, whatever `control` is"],
    ["require rate(errors) <= «control * 10M» //~ out-of-range: this can never fail unless `control` is as good as 0%: a rate is at most 100%"],
    ["require «control + 100%» >= rate(errors) //~ out-of-range: this can never fail, whatever `control` is"],
    ["require rate(bought) >= «control - 100%» //~ out-of-range: this can never fail, whatever `control` is: a rate is at least 0%"],
    ["require rate(bought) >= «control - 200%» //~ out-of-range: this can never fail, whatever `control` is"],
    ["require rate(bought) >= «control * 90G» //~ out-of-range: this can never pass unless `control` is as good as 0%: a rate is at most 100%"],
    ["require rate(bought) >= «control + 100%» //~ out-of-range: this can never pass unless `control` is as good as 0%"],
    ["require rate(bought) <= «control - 100%» //~ out-of-range: this can never pass unless `control` is as good as 100%: a rate is at least 0%"],
    ["require rate(bought) >= «control + 101%» //~ out-of-range: this can never pass, whatever `control` is"],
    ["require «disagreement(tolerance: 1)» < 5% //~ out-of-range: probabilities never differ by more than 1: only requests that fail would disagree"],
    ["require «disagreement(tolerance: 20)» < 5% //~ out-of-range: only requests that fail would disagree"],
    ["require disagreement(tolerance: 0.99) < 5%"],
    ["require rate(errors) <= control * 1.1"],
    ["require rate(errors) <= control * 110% + 0.5%"],
    ["require rate(errors) <= control * 100"],
    ["require rate(errors) <= control * 50% + 50%"],
    ["require rate(errors) <= control + 99%"],
    ["require rate(bought) >= control - 99%"],
    ["require rate(bought) >= control * 2"],
    ["require disagreement < 100%"],
    ["require control >= rate(errors)"],
    ["require rate(bought) >= control * 99%"],
    ["require rate(errors) <= 1%"],
  ])("%s", async (line) => check(gate(line)));
});

test("a relative bound decides for the share of values that trying them finds", () => {
  const quarters = fc.integer({ min: -12, max: 12 }).map((n) => n / 4);
  const meets: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = { ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b, "<=": (a, b) => a <= b };
  // Turning points of quarters lie on the grid, and so do not hide between two of its values.
  const grid = Array.from({ length: 2 * 3 * 4 * 11 + 1 }, (_, i, n = 2 * 3 * 4 * 11) => i / n);
  fc.assert(fc.property(quarters.filter((f) => f !== 0), quarters, fc.constantFrom<Comparison>(">", ">=", "<", "<="), (factor, offset, comparison) => {
    const { passing, failing } = whereItDecides({ factor, offset }, comparison, { low: 0, high: 1 });
    const tried = (wanted: boolean) => grid.filter((c) => [0, 1, ...grid].some((m) => meets[comparison](m, factor * c + offset) === wanted));
    for (const [part, values] of [[passing, tried(true)], [failing, tried(false)]] as const) {
      expect(Math.abs(part.share - values.length / grid.length)).toBeLessThan(0.01);
      if (part.share === 0) expect(values).toEqual(part.only === undefined ? [] : [part.only]);
    }
  }));
});

describe("an evaluation's gates", () => {
  test.each([
    [evaluation("require auc >= «60» //~ out-of-range: this can never pass: `auc` is at most 1")],
    [evaluation("require auc >= «0» //~ out-of-range: this can never fail: `auc` is at least 0")],
    [evaluation("require log_loss <= «-1» //~ out-of-range: this can never pass: `log_loss` is at least 0")],
    [evaluation("require rmse >= «0» //~ out-of-range: this can never fail: `rmse` is at least 0", "cheap")],
    [evaluation("require r2 >= «2» //~ out-of-range: this can never pass: `r2` is at most 1", "cheap")],
    [evaluation("require r2 >= -1\n  require rmse <= 12", "cheap")],
    [evaluation("require auc >= «current.auc - 1» //~ out-of-range: this can never fail, whatever `current.auc` is: `auc` is at least 0")],
    [evaluation("require auc >= «current.auc - 5» //~ out-of-range: this can never fail, whatever `current.auc` is")],
    [evaluation("require auc >= «current.auc + 2» //~ out-of-range: this can never pass, whatever `current.auc` is: `auc` is at most 1")],
    [evaluation("require auc > «current.auc + 1» //~ out-of-range: this can never pass, whatever `current.auc` is")],
    [evaluation("require auc >= «current.auc + 1» //~ out-of-range: this can never pass unless `current.auc` is as good as 0")],
    [evaluation("require accuracy >= «current.accuracy * 0%» //~ out-of-range: `current.accuracy` has no weight in this bound: it would not be compared with")],
    [evaluation("require log_loss <= «current.log_loss + 40» //~ out-of-range: this can never fail, whatever `current.log_loss` is: `log_loss` is at most 34.5388")],
    [evaluation("require log_loss <= «35» //~ out-of-range: this can never fail: `log_loss` is at most 34.5388")],
    [evaluation("baseline b = sales.price\n  require auc >= «b.auc - 9» //~ out-of-range: this can never fail, whatever `b.auc` is")],
    [evaluation("baseline b = sales.price\n  require auc >= «b.auc + 9» //~ out-of-range: this can never pass, whatever `b.auc` is")],
    [evaluation("baseline b = sales.price\n  require log_loss <= «b.log_loss * 0» //~ out-of-range: `b.log_loss` has no weight in this bound")],
    [evaluation("require rmse <= «current.rmse * -1» //~ out-of-range: this can never pass unless `current.rmse` is as good as 0: `rmse` is at least 0", "cheap")],
    [evaluation("require rmse <= «-current.rmse - 1» //~ out-of-range: this can never pass, whatever `current.rmse` is", "cheap")],
    [evaluation("require r2 >= «2 - current.r2» //~ out-of-range: this can never pass unless `current.r2` is as good as 1: `r2` is at most 1", "cheap")],
    [evaluation("require auc >= current.auc - 1%")],
    [evaluation("require auc >= current.auc * 99%")],
    [evaluation("require auc >= current.auc + 50%")],
    [evaluation("require auc >= 1 - current.auc")],
    [evaluation("require log_loss <= current.log_loss + 0.1\n  require calibration_error <= current.calibration_error * 2")],
    [evaluation("require r2 >= current.r2 - 1\n  require rmse <= current.rmse + 1000\n  require mae <= current.mae * 50", "cheap")],
  ])("%s", async (text) => check(text));
});

describe("ranges, parts and weights", () => {
  const bucketize = (boundaries: string, told = "", of = "price"): string => `${shop}\nmodel m {\n  predict: bought from examples\n  inputs {\n    b = bucketize(${of}, boundaries: [${boundaries}])${told}\n  }\n}`;
  const training = (line: string): string => `${shop}\nmodel m {\n  predict: bought from examples\n  train { ${line}\n  }\n}`;
  test.each([
    [bucketize("1, 5, «20.5h»", " //~ type-mismatch: `boundaries` expects numbers, but this is a duration")],
    [bucketize("1, «20MB»", " //~ type-mismatch: `boundaries` expects numbers, but this is")],
    [bucketize("«1h», 2h", " //~ type-mismatch: `boundaries` expects numbers")],
    [bucketize("1, 5, 20.5")],
    [bucketize("10%, 50%")],
    [bucketize("1, 2", "", "hours(waited)")],
    [training("epochs: 3, patience: «300» //~ out-of-range: training never stops early: it waits 300 epochs, and there are 3")],
    [training("epochs: 3, patience: «3» //~ out-of-range: training never stops early")],
    [training("patience: «10» //~ out-of-range: training never stops early: it waits 10 epochs, and there are 10")],
    [training("epochs: 3, patience: 2")],
    [training("epochs: 3, patience: 0")],
    [training("epochs: 2")],
    ['source x {\n  read: csv("v.csv", «";"») //~ wrong-arguments: ";" is no file\n  columns { a: int }\n}'],
    ['source x {\n  read: csv("v.csv", delimiter: ";")\n  columns { a: int }\n}'],
    [`source x {\n  read: csv("a")\n  columns { seconds: int }\n  expect { require seconds in «5..1» } //~ out-of-range: nothing lies between 5 and 1\n}`],
    [dataset("split: by_time(train: «100%») //~ split-not-whole: with 100% for training nothing is left to validate or test on")],
    [dataset("weight: «-1» //~ out-of-range: `weight` must be at least 0, but this is -1")],
  ])("%s", async (text) => check(text));
});

describe("a metric's better side", () => {
  test.each([
    [evaluation("require «mae >= 7» //~ wrong-way-round: of `mae` less is better: this stops the better model and lets the worse through", "cheap")],
    [evaluation("require «7 < rmse» //~ wrong-way-round: of `rmse` less is better", "cheap")],
    [evaluation("require «auc <= 0.9» //~ wrong-way-round: of `auc` more is better")],
    [evaluation("require auc >= 0.7, require auc <= 0.99")],
    [evaluation("slices: [sales.country]\n  require auc >= 0.7\n  require «auc <= 0.9 by country» //~ wrong-way-round: of `auc` more is better")],
    [evaluation("require mae <= 7", "cheap")],
  ])("%s", async (text) => check(text));
});

describe("a policy and its roles", () => {
  test.each([
    ["policy p {\n  deny inputs where «pii and not pii» //~ wrong-clause: nothing is `pii` and `not pii`: this denies no input\n}"],
    ["policy p {\n  deny inputs where pii and not hashed\n}"],
    ['role r {\n  members: [«""»] //~ out-of-range: this text of `members` is empty\n}'],
    ['role r {\n  members: ["a", «" "»] //~ out-of-range: this text of `members` is empty\n}'],
  ])("%s", async (text) => check(text));
});

describe("times that do not go together", () => {
  test.each([
    [`${shop}\nfeatures f for product {\n  from: sales\n  x = count() over 7d\n  refresh: 1h\n  max_age: «1m» //~ out-of-range: after 1m the values count as stale, and they are computed again only every 1h (\`refresh\`)\n}`],
    [`${shop}\nfeatures f for product {\n  from: sales\n  x = count() over 7d\n  max_age: «6h» //~ out-of-range: after 6h the values count as stale, and nothing computes them again: \`refresh\` is not said\n}`],
    [`${shop}\nservice t {\n  model: ranker\n  timeout: 200ms\n  batch { wait: «10s» } //~ out-of-range: a request may wait 10s for its batch, but is answered otherwise after 200ms (\`timeout\`)\n}`],
    [`${shop}\nservice t { model: ranker, timeout: 200ms, batch { wait: 2ms } }`],
    [`${shop}\nmodel m {\n  predict: bought from examples\n  train { optimizer: adam(rate: «0») } //~ out-of-range: \`rate\` must be more than 0, but this is 0\n}`],
    [`${shop}\nmodel m {\n  predict: bought from examples\n  train { optimizer: sgd(rate: «0») } //~ out-of-range: \`rate\` must be more than 0, but this is 0\n}`],
  ])("%s", async (text) => check(text));
});
