import { describe, expect, it } from "vitest";
import { wordOnFallback } from "../../../runtime/rollout/against-fallback.ts";
import { disagreementBelow, errorsAtMostControl, planWith, record, stage } from "./fixtures.ts";

const shadow = planWith([stage("mirror", 0, { requirements: [errorsAtMostControl, disagreementBelow(0.05)] }), stage("full", 1)]);

describe("a first rollout", () => {
  it("is told that a disagreement is one with the fallback", () => {
    expect(wordOnFallback(record(shadow, { control: null }))).toBe(
      "no version of ranker is live: 'disagreement < 0.05' of stage mirror compares the candidate with the fallback's answers, from which a model mostly differs, "
      + "and rolls it back when it does. `mlspec deploy` puts a first version live without a rollout",
    );
  });

  it("is told nothing where no stage asks for agreement", () => {
    expect(wordOnFallback(record(planWith([stage("mirror", 0, { requirements: [errorsAtMostControl] }), stage("full", 1)]), { control: null }))).toBeNull();
  });
});

it("a rollout against a live version is told nothing", () => expect(wordOnFallback(record(shadow, { control: "old" }))).toBeNull());
