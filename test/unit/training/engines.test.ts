import { expect, test } from "vitest";
import { engineFor } from "../../../runtime/training/engines.ts";

test("a spec's engine is found by its name", () => expect(engineFor("onnxruntime").name).toBe("onnxruntime"));

test("one that is not there is an error that says what to do instead", () => {
  expect(() => engineFor("tensorflow")).toThrow(expect.objectContaining({ code: "engine-not-installed", hint: expect.stringContaining("onnxruntime") as string }));
});
