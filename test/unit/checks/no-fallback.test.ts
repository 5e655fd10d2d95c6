import { describe, expect, test } from "vitest";
import { fallback, findings, line, messages, minute, model, service, shop } from "./spec-builder.ts";

const check = "no-fallback";

describe("no-fallback fires", () => {
  test("when the model has a fallback that the service does not name, with a fix that names it", () => {
    const [finding] = findings(check, shop({ services: [service("recommend", "ranker", { at: { model: line(4) } })] }));
    expect(finding?.message).toBe(
      "Service `recommend` has no fallback: when `ranker` fails or takes longer than 50ms, callers get an error. Model `ranker` declares `usual`: add `otherwise: ranker.usual`.",
    );
    expect(finding?.severity).toBe("warning");
    expect(finding?.fix).toEqual({
      title: "Answer with `ranker.usual` otherwise",
      edits: [{ origin: { file: 0, range: [4, 10, 4, 10] }, newText: "\n  otherwise: ranker.usual" }],
    });
  });

  test("when the model has none either", () => {
    const [finding] = findings(check, shop({ models: [model("ranker", "shown", [])], services: [service("recommend", "ranker", { timeoutMs: 2 * minute })] }));
    expect(finding?.message).toBe(
      "Service `recommend` has no fallback: when `ranker` fails or takes longer than 2m, callers get an error. "
      + "Give the model one, such as `fallback usual = 0.5`, and name it in the service: `otherwise: ranker.usual`.",
    );
    expect(finding).not.toHaveProperty("fix");
    expect(finding?.related).toEqual([{ origin: line(0), message: "the model has no fallback" }]);
  });

  test("without a fix where there is no place to write it, or nothing to write", () => {
    expect(findings(check, shop({ services: [service("recommend", "ranker")] }))[0]).not.toHaveProperty("fix");
    expect(findings(check, shop({ models: [model("ranker", "shown", [])], services: [service("recommend", "ranker", { at: { model: line(4) } })] }))[0]).not.toHaveProperty("fix");
  });

  test("for the one of two services of a model that names none, and points at the model in another file (indirect)", () => {
    const imported = { ...model("ranker", "shown", [], { fallbacks: [{ ...fallback("usual"), origin: line(8, 1) }] }), origin: line(1, 1) };
    const found = findings(check, shop({ models: [imported], services: [service("a", "ranker", { otherwise: "usual" }), service("b", "ranker")] }));
    expect(found.map(({ message }) => message.slice(0, 11))).toEqual(["Service `b`"]);
    expect(found[0]?.related).toEqual([{ origin: line(8, 1), message: "a fallback is declared here" }]);
  });
});

describe("no-fallback is silent", () => {
  test("when the service names a fallback", () => expect(messages(check, shop())).toEqual([]));
  test("for a model without a service", () => expect(messages(check, shop({ services: [], models: [model("ranker", "shown", [])] }))).toEqual([]));
  test("when the named fallback is missing: the compiler says so", () => {
    expect(messages(check, shop({ models: [model("ranker", "shown", [])] }))).toEqual([]);
  });
  test("when the model is not in the spec, or something was left out for an error", () => {
    expect(messages(check, shop({ models: [], services: [service("recommend", "ranker")] }))).toEqual([]);
    expect(findings(check, shop({ services: [service("recommend", "ranker")] }), { partial: true })).toEqual([]);
  });
});
