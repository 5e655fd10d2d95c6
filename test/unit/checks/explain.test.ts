import { describe, expect, test } from "vitest";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { checkList, explain } from "../../../language-server/checks/explain.ts";
import { checks } from "../../../language-server/checks/index.ts";

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

  test("lists all checks, one per line", () => expect(checkList().split("\n")).toHaveLength(checks.length));
});

describe("an example", () => {
  test("takes the place of the shop's declaration of that name, and keeps the others", () => {
    const spec = exampleSpec("service recommend {\n  model: ranker\n}");
    expect(spec.match(/^service /gm)).toHaveLength(1);
    expect(spec).not.toContain("otherwise:");
    expect(spec).toContain("model ranker {");
  });
});
