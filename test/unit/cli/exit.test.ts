/** Exit codes come from the registry of error codes: `runtime/codes.ts`. */
import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../../../cli/exit.ts";
import { errorKinds, type ErrorCode } from "../../../runtime/codes.ts";
import { MlspecError } from "../../../runtime/errors.ts";

const exitOf = (code: ErrorCode): number => exitCodeOf(new MlspecError(code, "…"));

describe("exit codes", () => {
  test.each<ErrorCode>([
    "spec-invalid", "contract-failed", "gate-failed", "source-empty", "label-constant", "label-missing", "label-not-a-number", "input-not-a-number", "weight-invalid",
    "no-examples", "no-training-examples", "no-test-rows", "split-empty", "event-time-missing", "entity-column-missing", "encoding-does-not-fit", "model-output-not-finite",
    "training-over-budget", "rollout-without-stages", "role-empty", "requirement-cannot-be-judged",
  ])("%s is an answer about the spec or the data: 1", (code) => expect(exitOf(code)).toBe(1));

  test.each<ErrorCode>(["file-not-found", "port-in-use", "disk-full", "data-file-missing", "run-in-progress", "internal-error"])("%s: it could not run: 2", (code) => expect(exitOf(code)).toBe(2));

  test("cancelled: 130; an error that is not ours: 2", () => {
    expect(exitOf("cancelled")).toBe(130);
    expect(exitCodeOf(new TypeError("…"))).toBe(2);
  });
});

describe("the registry", () => {
  test("a code without a line in it does not type-check", () => {
    // @ts-expect-error: were any text a code, `tsc` would find this directive unused.
    expect(new MlspecError("nobody-knows-this", "…").code in errorKinds).toBe(false);
  });

  test("says what each code means, in a sentence", () => {
    expect(Object.entries(errorKinds).filter(([code, { explain }]) => !/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(code) || !/^[A-Z].+\.$/.test(explain))).toEqual([]);
  });
});
