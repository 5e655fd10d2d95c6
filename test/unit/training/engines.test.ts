import { expect, test } from "vitest";
import { engineFor } from "../../../runtime/training/engines.ts";

test.each(["onnxruntime", "tensorflow"] as const)("a spec's engine is found by its name: %s", (name) => expect(engineFor(name).name).toBe(name));
