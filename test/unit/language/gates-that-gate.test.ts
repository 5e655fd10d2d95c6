/** Values by which a gate could never fail, or never pass: they look like a safeguard and are none. */
import { describe, test } from "vitest";
import { check, shop } from "./harness.ts";

const rest = `service s { model: ranker }`;
const rollout = (line: string, stage = "traffic: 100%") => `${shop}\n${rest}\nrollout r of ranker on s {\n  ${line}\n  stage full { ${stage} }\n}`;

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
