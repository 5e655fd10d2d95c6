import { describe, expect, test } from "vitest";
import fc from "fast-check";
import type { CompiledSpec, Origin } from "../../../grammar/compiled-spec/index.ts";
import { runChecks } from "../../../language-server/checks/run-checks.ts";
import { countOver, dataset, day, entityColumn, feature, findings, ignore, line, respond, service, shop, slo, view } from "./spec-builder.ts";

const noFallback = (more: Partial<CompiledSpec> = {}) => shop({ services: [{ ...service("recommend", "ranker"), origin: line(20) }], ...more });

describe("all checks together", () => {
  test("have nothing to say about a healthy shop", () => expect(runChecks(shop())).toEqual([]));

  test("come in the order of the files and lines", () => {
    const spec = noFallback({
      rollouts: [],
      slos: [{ ...slo("available", "recommend", 0.9999, day, { respond: respond(day, 0, 0) }), origin: line(3, 1) }],
      features: [view("history", "shopper", "purchases", [{ ...feature("next", countOver(0, day)), origin: line(9) }])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.next", "shopper_id")])],
    });
    expect(runChecks(spec).map(({ check }) => check)).toEqual(["leakage-through-time", "no-fallback", "recovery-exceeds-budget"]);
  });

  test("come in the order of the columns where the line is the same, of the checks where the place is", () => {
    const at = (file: number, l: number, column: number): Origin => ({ file, range: [l, column, l, column + 5] });
    const services = [[0, 5, 7], [0, 5, 1], [0, 2, 3], [0, 40, 0]].map(([file = 0, l = 0, column = 0], i) => ({ ...service(`s${i}`, "ranker"), origin: at(file, l, column) }));
    const slos = [[2, 1, 1], [1, 9, 1], [1, 3, 1], [1, 3, 0], [0, 5, 4], [0, 5, 1]].map(([file = 0, l = 0, column = 0], i) =>
      ({ ...slo(`o${i}`, "recommend", 0.9999, day + i, { respond: respond(day, 0, 0) }), origin: at(file, l, column) }));
    const found = runChecks(shop({ services, slos, rollouts: [] })).map(({ check, origin: { file, range: [l, column] } }) => [file, l, column, check]);
    expect(found).toEqual([
      [0, 2, 3, "no-fallback"], [0, 5, 1, "no-fallback"], [0, 5, 1, "recovery-exceeds-budget"], [0, 5, 4, "recovery-exceeds-budget"], [0, 5, 7, "no-fallback"], [0, 40, 0, "no-fallback"],
      [1, 3, 0, "recovery-exceeds-budget"], [1, 3, 1, "recovery-exceeds-budget"], [1, 9, 1, "recovery-exceeds-budget"], [2, 1, 1, "recovery-exceeds-budget"],
    ]);
  });

  test("never throw, whatever is missing from the spec, and say nothing new of what is left", () => {
    const kinds = ["entities", "sources", "features", "labels", "datasets", "models", "evaluations", "services", "slos", "rollouts", "policies"] as const;
    fc.assert(fc.property(fc.subarray([...kinds]), (missing) => {
      expect(runChecks({ ...shop(), ...Object.fromEntries(missing.map((kind) => [kind, []])) }, { partial: true })).toEqual([]);
    }));
  });
});

describe("a check that throws", () => {
  // No compiler writes such an objective; the two checks that read its response break.
  const broken = (): CompiledSpec => {
    const spec = noFallback();
    Object.defineProperty(spec.slos[0], "respond", { get: () => { throw new RangeError("no such response"); } });
    return spec;
  };

  test("is told by its id with what it threw, and the others go on", () => {
    const defects: (readonly [string, unknown])[] = [];
    const found = runChecks(broken(), { onDefect: (check, error) => defects.push([check, error]) });
    expect(defects).toEqual(["recovery-exceeds-budget", "requirement-implied"].map((check) => [check, new RangeError("no such response")]));
    expect(found.map(({ check }) => check)).toEqual(["no-fallback"]);
  });

  test("ends them all where nobody is to be told", () => expect(() => runChecks(broken())).toThrow(new RangeError("no such response")));
});

describe("a finding about an imported file", () => {
  const imported = { ...feature("next", countOver(0, day)), origin: line(9, 1) };
  const importing = (more: Partial<CompiledSpec> = {}) => shop({
    features: [{ ...view("history", "shopper", "purchases", [imported]), origin: line(8, 1) }],
    datasets: [{ ...dataset("shown", "impressions", "purchased", [entityColumn("history.next", "shopper_id")]), origin: line(30) }], ...more,
  });

  test("is told here when it is wrong only together with this file", () => {
    const [found] = findings("leakage-through-time", importing());
    expect(found?.origin).toEqual(line(30));
    expect(found?.related).toEqual([{ origin: line(9, 1), message: "it is about this" }, { origin: line(0), message: "label `purchased` is what they predict" }]);
  });

  test("stays there when its own file can see it alone", () => {
    const long = { ...feature("bought_28d", countOver(-500 * day)), origin: line(9, 1) };
    const sources = shop().sources.map((source) => ({ ...source, origin: line(2, 1) }));
    expect(findings("window-exceeds-retention", importing({ sources, features: [view("history", "shopper", "purchases", [long])] })).map(({ origin }) => origin)).toEqual([line(9, 1)]);
  });

  test("goes to the import that lets it in, where all that it is about is in imports", () => {
    const asked: (readonly number[])[] = [];
    const entrance = (files: readonly number[]) => { asked.push(files); return line(1); };
    const elsewhere = shop({ services: [{ ...service("recommend", "ranker"), origin: line(20, 2) }], models: shop().models.map((model) => ({ ...model, origin: line(4, 1), fallbacks: [] })) });
    const [found] = findings("no-fallback", elsewhere, { entrance });
    expect(asked).toContainEqual([2, 1]);
    expect(found).toMatchObject({ origin: line(1), related: [{ origin: line(20, 2), message: "it is about this" }, { origin: line(4, 1), message: "the model has no fallback" }] });
    expect(findings("no-fallback", elsewhere, { entrance: () => null }).map(({ origin }) => origin)).toEqual([line(20, 2)]);
  });

  test("stays in this file with all that it names, when it stands here", () => {
    const [found] = findings("no-fallback", noFallback({ models: shop().models.map((model) => ({ ...model, origin: line(4, 1), fallbacks: [] })) }));
    expect([found?.origin, found?.related]).toEqual([line(20), [{ origin: line(4, 1), message: "the model has no fallback" }]]);
  });

  test("can be silenced in either place", () => {
    expect(findings("leakage-through-time", importing({ suppressions: [ignore("leakage-through-time", 30)] }))).toEqual([]);
    expect(findings("leakage-through-time", importing({ suppressions: [{ ...ignore("leakage-through-time", 9), file: 1 }] }))).toEqual([]);
  });
});

describe("a suppression", () => {
  test("silences its check on the line that it is about", () => expect(runChecks(noFallback({ suppressions: [ignore("no-fallback", 20)] }))).toEqual([]));

  test("does not reach further, nor into another file, nor other checks", () => {
    for (const elsewhere of [ignore("no-fallback", 19), ignore("no-fallback", 21), { ...ignore("no-fallback", 20), file: 1 }, ignore("pii-reaches-model", 20)]) {
      expect(findings("no-fallback", noFallback({ suppressions: [elsewhere] }))).toHaveLength(1);
    }
  });

  test("that silences nothing is itself a finding", () => {
    const found = runChecks(shop({ suppressions: [ignore("no-fallback", 5)] }));
    expect(found).toEqual([{
      check: "unused-suppression", severity: "warning", origin: { file: 0, range: [5, 0, 5, 30] }, related: [],
      message: "This ignore silences nothing: `no-fallback` has no finding on this line. Remove it.",
    }]);
    const above = (own: number) => findings("unused-suppression", shop({ suppressions: [{ ...ignore("no-fallback", 5), comment: [own, 0, own, 30] }] }))[0];
    expect(above(4)?.message).toContain("has no finding on the next line.");
    expect(above(2)?.message).toContain("has no finding on line 6.");
    expect(above(2)?.origin.range).toEqual([2, 0, 2, 30]);
  });

  test.each(["", " ", ".", "—", "\u200b", "…?!"])("without a reason (%j) is not followed", (reason) => {
    const found = runChecks(noFallback({ suppressions: [{ ...ignore("no-fallback", 20, reason), comment: [19, 0, 19, 30] }] }));
    expect(found.map(({ check, message }) => `${check}: ${message}`)).toEqual([
      "unused-suppression: This ignore has no reason and is not followed. Write `// mlspec-ignore no-fallback: why it is all right`.",
      expect.stringContaining("no-fallback: Service `recommend` has no fallback"),
    ]);
  });

  test("that is malformed is not followed, and says why", () => {
    const found = runChecks(noFallback({ suppressions: [{ ...ignore("no-fallback", 20), comment: [19, 0, 19, 30], malformed: "it is in the same comment as other words" }] }));
    expect(found.map(({ check, message }) => `${check}: ${message}`)).toEqual([
      "unused-suppression: This ignore is not followed: it is in the same comment as other words. Write `// mlspec-ignore no-fallback: weighed`.",
      expect.stringContaining("no-fallback: Service `recommend` has no fallback"),
    ]);
  });

  test("that is malformed and names neither a check nor a reason is shown how to be written", () => {
    const bare = { ...ignore("", 5, ""), malformed: "it names no check" };
    expect(findings("unused-suppression", shop({ suppressions: [bare] })).map(({ message }) => message)).toEqual([
      "This ignore is not followed: it names no check. Write `// mlspec-ignore check: why it is all right`.",
    ]);
  });

  test("that is written otherwise can be changed to what is meant, in its place, where nothing is lost; nothing else has such a fix", () => {
    const bad = { ...ignore("no-fallback", 19), malformed: "it has no colon", comment: [19, 2, 19, 40] as [number, number, number, number], replaceable: true };
    const newText = "// mlspec-ignore no-fallback: weighed";
    const [found] = findings("unused-suppression", noFallback({ suppressions: [bad] }));
    expect(found).toEqual({
      check: "unused-suppression", severity: "warning", origin: { file: 0, range: [19, 2, 19, 40] }, related: [],
      message: "This ignore is not followed: it has no colon. Write `// mlspec-ignore no-fallback: weighed`.",
      fix: { title: `Change to \`${newText}\``, edits: [{ origin: { file: 0, range: [19, 2, 19, 40] }, newText }] },
    });
    for (const other of [{ ...bad, replaceable: false }, ignore("no-fallback", 5)]) expect(findings("unused-suppression", noFallback({ suppressions: [other] }))[0]).not.toHaveProperty("fix");
  });

  test("of a check that does not exist says so, and names one that is meant by it", () => {
    const said = (check: string) => findings("unused-suppression", shop({ suppressions: [ignore(check, 5)] }))[0]?.message;
    expect(said("no_falback")).toContain("did you mean `no-fallback`?");
    expect(said("zebra")).toBe("There is no check `zebra` to ignore. `mlspec explain` lists them all.");
    expect(said("pii_reaches_model")).toBe("There is no check `pii_reaches_model` to ignore: did you mean `pii-reaches-model`? `mlspec explain` lists them all.");
    expect(findings("unused-suppression", shop({ suppressions: [ignore("no-falback", 5)] })).map(({ message }) => message)).toEqual([
      "There is no check `no-falback` to ignore: did you mean `no-fallback`? `mlspec explain` lists them all.",
    ]);
  });

  test("in a file without a model may serve those that import it", () => {
    const library = { models: [], evaluations: [], services: [], slos: [], rollouts: [] };
    expect(runChecks(shop({ ...library, suppressions: [ignore("leakage-through-time", 5)] }))).toEqual([]);
    expect(runChecks(shop({ models: shop().models.map((model) => ({ ...model, origin: line(4, 1) })), suppressions: [ignore("leakage-through-time", 5)] }))).toEqual([]);
    expect(runChecks(shop({ suppressions: [{ ...ignore("leakage-through-time", 5), file: 1 }] }))).toEqual([]);
  });

  test("is left alone while declarations are missing for an error, unless it is wrong by itself", () => {
    const options = { partial: true };
    expect(runChecks(shop({ suppressions: [ignore("no-fallback", 5)] }), options)).toEqual([]);
    expect(runChecks(shop({ suppressions: [ignore("nonsense", 5)] }), options)).toHaveLength(1);
  });
});
