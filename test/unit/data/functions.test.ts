import { expect, test } from "vitest";
import { functionByName } from "../../../grammar/compiled-spec/functions.ts";
import { compiledFunctions } from "../../../runtime/data/sql/functions.ts";

test("every function of the language has its SQL, and SQL has no other", () => {
  expect([...compiledFunctions].sort()).toEqual([...functionByName.keys()].sort());
});
