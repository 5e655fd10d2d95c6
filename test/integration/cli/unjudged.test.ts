/** Gates that nobody could judge: said, and no way into the registry. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { mlspec } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => { shop = await project(); });
afterAll(() => shop.remove());

async function run(requirements: string) {
  await shop.write("people.mlspec", peopleSpec(["require auc >= 0.6", requirements]));
  return mlspec(shop.folder, "run", "people.mlspec");
}

test("only slices too small to judge: exit 1, why, and nothing is registered", async () => {
  const { code, out, err } = await run("min_rows: 100000\n  require auc >= 0.6 by city");
  expect(err).toMatch(/error\[gates-not-judged\]: buyer was not registered: no gate of quality could be judged \(auc >= 0\.6 by city for city = .*: \d+ rows, fewer than the 100000/);
  expect(err).toContain("at people.mlspec:37");
  expect(code).toBe(1);
  expect(out).toMatch(/^✗ evaluate +\d+ rows, 0 gates passed, 4 not judged/m);
  // The reason stands where the value does, too.
  expect(out).toMatch(/– +auc >= 0\.6 by city +city = Rome +0\.\d+ +>= 0\.6000 +not judged: \d+ rows, fewer than the 100000/);
  expect(await shop.versions()).toEqual([]);
});

test("a baseline without a value in any row: exit 1, as for a figure that cannot be measured", async () => {
  const { code, err } = await run("baseline b = clip(people.income, 0.0, 1.0) / (people.age - people.age)\n  require auc >= b.auc");
  expect(err).toContain("error[gate-failed]");
  expect(err).toContain("the baseline b has no value in any test row: there is no auc to compare with");
  expect(code).toBe(1);
  expect(await shop.versions()).toEqual([]);
});

test("nothing is live yet that it could be compared with: registered, as judged by nobody", async () => {
  const { code, out } = await run("require auc >= current.auc - 0.1");
  expect(code).toBe(0);
  expect(out).toMatch(/^– evaluate +\d+ rows, 0 gates passed, 1 not judged/m);
  expect(await shop.versions()).toHaveLength(1);
});

test("a slice that is true for nobody is shown as not judged, beside the other half", async () => {
  const { code, out } = await run("slice vip = people.income > 9000000.0\n  require auc >= 0.6 by vip");
  expect(code).toBe(0);
  expect(out).toMatch(/✓ +auc >= 0\.6 by vip +vip = false/);
  expect(out).toMatch(/– +auc >= 0\.6 by vip +vip = true +– +>= 0\.6000 +not judged: no test row has vip = true/);
  expect(out).toMatch(/^✓ evaluate +\d+ rows, 1 gate passed, 1 not judged/m);
});
