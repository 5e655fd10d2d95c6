/** A fallback of a model of several classes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { mlspec } from "./mlspec.ts";
import { csv, people, project, type Project } from "./people.ts";

const spec = (fallback: string): string => `source people { read: csv("people.csv")
  columns { person_id: string, age: int, city: string, income: float, bought: bool } }
label town: string { of: people, is: city }
dataset history { examples: people, label: town, features: [people.age, people.income], split: by_hash(train: 70%, validate: 10%, test: 20%) }
model guess { predict: town from history, train { epochs: 1 }, fallback usual = "${fallback}" }
evaluation quality of guess { require accuracy >= 1% }
`;
let shop: Project;
beforeAll(async () => { shop = await project({ "towns.mlspec": spec("Roma"), "people.csv": csv(people()).replaceAll(",,", ",Oslo,") }); });
afterAll(() => shop.remove());

test("`run` says that a fallback answers a class that the model does not have, each time, and nothing of one that it has", async () => {
  const warning = 'the fallback usual answers "Roma", a class that no training row has (';
  const first = await mlspec(shop.folder, "run", "towns.mlspec");
  expect(first.err).not.toContain("error[");
  expect(first.out).toContain(warning);
  expect((await mlspec(shop.folder, "run", "towns.mlspec")).out).toContain(warning);
  await shop.write("towns.mlspec", spec("Rome"));
  expect((await mlspec(shop.folder, "run", "towns.mlspec")).out).not.toContain("the fallback usual");
});
