/** A fallback or baseline that has no value in any row stands in for nothing. */
import { describe, test } from "vitest";
import { check, shop } from "./harness.ts";

const fallback = (line: string) => `${shop}\nmodel m {\n  predict: bought from examples\n  fallback u = ${line}\n}`;

describe("a fallback", () => {
  test.each([
    ["«1 / 0» //~ out-of-range: `u` has no value for any row: `1 / 0` is always missing"],
    ["«log(-1)» //~ out-of-range: `log(-1)` is always missing"],
    ["«sqrt(0 - 4) + 1» //~ out-of-range: is always missing"],
    ["«price / 0» //~ out-of-range: `price / 0` is always missing"],
    ["«if price > 3 then 1 / 0 else log(0)» //~ out-of-range: is always missing"],
    ["«clip(price % 0, 0.0, 1.0)» //~ out-of-range: is always missing"],
    ["«10 ^ 400» //~ out-of-range: is always missing"],
    ["«1 + 1» //~ out-of-range: `u` stands in for a probability, which lies between 0 and 1, but this is 2"],
    ["coalesce(1 / 0, 0.2)"],
    ["clip(0.3, 0.0, exp(1000))"],
    ["1 / (1 + exp(800.0))"],
    ["if is_null(1 / 0) then 0.3 else 0.1"],
    ["if price > 3 then 1 / 0 else 0.5"],
    ["price / (count - 2)"],
    ["price / («count - count») //~ no-effect: both sides are `count`"],
  ])("%s", (line) => check(fallback(line)));
});

test("a baseline", () => check(`${shop}\nevaluation e of ranker {\n  baseline b = «0.5 / 0» //~ out-of-range: \`b\` has no value for any row\n  require auc >= b.auc\n}`));
