/** Bounds and defaults of properties are the vocabulary's: what it says is what the compiler does, for each of them. */
import { expect, test } from "vitest";
import { declarations, type PropertyEntry } from "../../../language-server/vocabulary/index.ts";
import { everything } from "./everything.ts";
import { open } from "./harness.ts";
import { read, replaced, sitesOf } from "./written.ts";

const blocks = declarations.flatMap((d) => [{ ...d, kind: d.type }, ...d.sections]);
const units: Readonly<Record<string, string>> = { duration: "ms", rate: " / 1d" };
const isNumber = ({ type: { kind } }: PropertyEntry): boolean => ["duration", "share", "int", "number", "rate"].includes(kind);

/** The first values beyond each bound. */
function beyond({ type: { kind }, min, max, above, below }: PropertyEntry): number[] {
  const step = kind === "share" || kind === "number" ? 0.001 : 1;
  return [min === undefined ? undefined : min - step, max === undefined ? undefined : max + step, above, below].filter((n) => n !== undefined);
}

const bounded = blocks.flatMap(({ kind, properties }) => properties.filter(isNumber).flatMap((p) => beyond(p).map((value) => [`${kind} ${p.name}`, `${value}${units[p.type.kind] ?? ""}`] as const)));

test.each(bounded)("%s: %s is beyond what is allowed", async (name, value) => {
  const { document } = await read(everything);
  const site = sitesOf(document).find((s) => s.kind === "property" && s.name === name);
  const { problems } = await open(replaced(everything, site?.value ?? [0, 0], value));
  expect(problems.map((p) => p.code)).toContain("out-of-range");
});

test("nearly every number has a bound", () => {
  const unbounded = blocks.flatMap(({ kind, properties }) => properties.filter((p) => isNumber(p) && beyond(p).length === 0).map((p) => `${kind} ${p.name}`));
  expect(unbounded).toEqual(["train seed"]);
});
