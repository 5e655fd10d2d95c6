/** Names of the language that a declaration would take the place of without a word. */
import { describe, expect, test } from "vitest";
import { check, compile, shop } from "./harness.ts";

describe("a name that the language has", () => {
  test("`current` is the live version, and no baseline", () => check(`${shop}
evaluation e of ranker {
  baseline «current» = 0.5 //~ syntax: \`current\` is a word of the language and cannot be a name here: \`current.auc\` is what the version that is live now reaches
  require auc >= current.auc - 0.05
}`));

  test("`rate(errors)` counts failed requests, and no label", () => check(`${shop}
label «errors»: bool { of: sales, is: gift } //~ syntax: \`errors\` is a word of the language and cannot be a name here: \`rate(errors)\` is the rate of requests that failed
`));

  test("where it stands for nothing else it is a name like any", async () => {
    const { evaluations, labels } = await compile(`${shop}
label latency: bool { of: sales, is: gift }
evaluation e of ranker {
  slice current = price > 3
  baseline now = 0.5
  require auc >= now.auc by current
}`);
    expect(evaluations[0]).toMatchObject({ slices: [{ name: "current" }], baselines: [{ name: "now" }] });
    expect(labels.map(({ name }) => name)).toContain("latency");
  });
});
