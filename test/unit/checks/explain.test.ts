import { describe, expect, test } from "vitest";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { checkList, explain } from "../../../language-server/checks/explain.ts";
import { checks } from "../../../language-server/checks/index.ts";
import { runChecks } from "../../../language-server/checks/run-checks.ts";
import { ignore, line, policy, shop, spec } from "./spec-builder.ts";

describe("explain", () => {
  test("knows every check by an id of its own", () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { id } of checks) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test("tells the problem, a failing and a mended spec, and what the check cannot see", () => {
    for (const { id, explanation } of checks) {
      const page = explain(id) ?? "";
      for (const part of Object.values(explanation)) expect(page).toContain(part);
      expect(page).toContain(`// mlspec-ignore ${id}: `);
      expect(explanation.failing).not.toBe(explanation.mended);
    }
  });

  test("gives null for an unknown id", () => expect(explain("nonsense")).toBeNull());

  test("lists all checks, one per line: id, severity, title", () => {
    expect(checkList()).toMatchInlineSnapshot(`
      "leakage-through-time          error    A feature sees what happens after the example
      leakage-from-label            error    A model's inputs hold the answer
      window-exceeds-retention      error    A window reaches further back than its source is kept
      window-inside-lateness        error    A window ends before the first event in it is known
      feature-not-online            error    A served model needs a feature that has no online value
      pii-reaches-model             error    Tagged data reaches a model
      no-evaluation-gate            warning  A served model has no quality gate
      no-fallback                   warning  A service has nothing to answer with when its model cannot
      recovery-exceeds-budget       error    One outage spends more than the objective allows
      stage-underpowered            warning  A rollout stage is too short or too small to see the harm it guards against
      last-stage-partial            warning  A rollout's last stage is not everybody
      requirement-cannot-be-judged  error    A stage asks for what it can never know
      requirements-contradict       error    Requirements that nothing meets together
      requirement-implied           warning  A requirement that another one asks for already
      latency-above-timeout         warning  An objective or a stage allows more time than any answer takes
      approval-cannot-be-given      error    An approval is required from a role that nobody has
      unused-declaration            info     A declaration that nothing uses
      unused-suppression            warning  An ignore comment that ignores nothing"
    `);
  });

  test("is written in whole sentences", () => {
    for (const { id, title, explanation } of checks) {
      expect(title, id).toMatch(/^[A-Z][^.]+[^.\s]$/);
      for (const text of [explanation.problem, explanation.cannotSee]) expect(text, id).toMatch(/^[A-Z`].*\S[.][)]?$/s);
    }
  });

  test("says of ignores every way in which one is not followed", () => {
    const page = explain("unused-suppression") ?? "";
    for (const why of ["An ignore that silences nothing is a trap", "So is one without a reason", "One that is written otherwise than `// mlspec-ignore check: reason`"]) expect(page).toContain(why);
  });

  test("is one page of Markdown", () => {
    expect(explain("no-fallback")).toMatchInlineSnapshot(`
      "# no-fallback

      A service has nothing to answer with when its model cannot. Reported as warning.

      Models time out, fail to load and meet input they cannot read. Without a fallback each of these is an error on the user's screen, and the caller has to invent an answer under pressure. A popular item, the usual rate or a constant is almost always better than nothing.

      ## Fails

      \`\`\`mlspec
      service recommend {
        model: ranker
        timeout: 50ms
      }
      \`\`\`

      ## Mended

      \`\`\`mlspec
      service recommend {
        model: ranker
        timeout: 50ms
        otherwise: ranker.usual
      }
      \`\`\`

      ## What it cannot see

      Whether the fallback's answers are any good, and whether it needs the very features whose loss it is for.

      To accept one finding: \`// mlspec-ignore no-fallback: the reason\` behind the code of its line, or on a line of its own above.
      "
    `);
  });
});

test("an ignore in a file without a model is left alone where the file declares something that its check speaks about", () => {
  const library = shop({ roles: [{ name: "lead", doc: null, origin: line(0), at: {}, members: [] }], policies: [policy("careful")] });
  const kinds = ["entities", "sources", "features", "labels", "datasets", "evaluations", "services", "slos", "rollouts", "policies", "roles"] as const;
  const leftAlone = (id: string) => kinds.filter((kind) => runChecks(spec({ [kind]: library[kind], suppressions: [ignore(id, 99)] })).every(({ check }) => check !== "unused-suppression"));
  expect(Object.fromEntries(checks.map(({ id }) => [id, leftAlone(id).join(", ")]))).toEqual({
    "leakage-through-time": "features", "leakage-from-label": "sources, features, evaluations", "window-exceeds-retention": "features, labels", "window-inside-lateness": "features", "feature-not-online": "features",
    "pii-reaches-model": "sources, features", "no-evaluation-gate": "", "no-fallback": "services", "recovery-exceeds-budget": "slos", "stage-underpowered": "rollouts",
    "last-stage-partial": "rollouts", "requirement-cannot-be-judged": "rollouts", "requirements-contradict": "sources, features, datasets, evaluations, rollouts",
    "requirement-implied": "sources, evaluations, slos, rollouts", "latency-above-timeout": "slos, rollouts", "approval-cannot-be-given": "rollouts, policies",
    "unused-declaration": "entities, sources, features, labels, datasets, roles", "unused-suppression": "",
  });
});

describe("an example", () => {
  test("takes the place of the shop's declaration of that name, and keeps the others", () => {
    const spec = exampleSpec("service recommend {\n  model: ranker\n}");
    expect(spec.match(/^service /gm)).toHaveLength(1);
    expect(spec).not.toContain("otherwise:");
    expect(spec).toContain("model ranker {");
  });

  test("takes the place of every declaration that it has, wherever it stands, and adds what the shop does not have", () => {
    const fragment = "label late: bool {\n  of: impressions\n}\n\nmodel ranker {\n  predict: late from shown\n}\n\nlabel purchased: bool {\n}";
    const spec = exampleSpec(fragment);
    expect(declarations(spec)).toEqual([
      "entity shopper", "source impressions", "source purchases", "features history", "dataset shown", "evaluation ranker_quality", "service recommend",
      "slo available", "rollout release", "label late", "model ranker", "label purchased",
    ]);
    expect(spec.endsWith(`}\n\n${fragment}\n`)).toBe(true);
  });

  test("leaves alone what it only mentions, and what has another kind or a longer name", () => {
    const spec = exampleSpec("source imports { }\n\n  // source impressions\n\nlabel impressions: bool { }\n\nsource purchases_2 { }");
    expect(declarations(spec)).toContain("source impressions");
    expect(declarations(spec)).toContain("source purchases");
  });

  test("belongs to a shop with one of each", () => {
    expect(declarations(exampleSpec("// nothing"))).toEqual([
      "entity shopper", "source impressions", "source purchases", "features history", "label purchased", "dataset shown", "model ranker", "evaluation ranker_quality",
      "service recommend", "slo available", "rollout release",
    ]);
  });

  test("of every explanation declares something, and its declarations are closed", () => {
    for (const { explanation } of checks) {
      for (const text of [explanation.failing, explanation.mended]) {
        expect(declarations(text).length).toBeGreaterThan(0);
        expect(text.match(/\{/g)?.length).toBe(text.match(/\}/g)?.length);
      }
    }
  });
});

/** What is declared, in order. */
function declarations(spec: string): readonly string[] {
  return [...spec.matchAll(/^[a-z]+ \w+/gm)].map(([heading]) => heading);
}
