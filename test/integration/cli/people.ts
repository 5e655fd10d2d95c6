/** A small system to run: 3,000 people, a model that trains in a second. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const spec = `/// People, and whether they bought.
source people {
  read: csv("people.csv")
  columns { person_id: string, age: int, city: string?, income: float, bought: bool }
  expect {
    require rows >= 100
    require age in 0..120
  }
}

label buys: bool { of: people, is: bought }

dataset history {
  examples: people
  label: buys
  features: people.*
  exclude: [people.bought, people.person_id]
  split: by_hash(train: 70%, validate: 10%, test: 20%)
}

model buyer {
  predict: buys from history
  inputs {
    age = standardize(people.age)
    city = one_hot(people.city, top: 10)
    income = standardize(log1p(people.income))
  }
  network: [dense(8, relu), dropout(10%)]
  train { optimizer: adam(rate: 0.01), batch: 64, epochs: 4, seed: 5 }
  fallback base_rate = 0.4
}

evaluation quality of buyer {
  metrics: [auc, log_loss]
  slices: [people.city]
  require auc >= 0.6
}

service answer { model: buyer, otherwise: buyer.base_rate, timeout: 20s, log: predictions(flush: 1s) }
`;

/** The middle one is long enough to be met in it when time runs faster, and needs an approval. */
export const rolloutOfPeople = `
role lead { members: ["lead@example.org"] }

rollout release of buyer on answer {
  unit: person_id
  stage shadow { traffic: 0%, hold: 10m }
  stage half { traffic: 50%, hold: 2h, require rate(errors) <= 50%, approve: lead }
  stage full { traffic: 100% }
}
`;

/** The spec, with some of its text replaced. */
export function peopleSpec(...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the spec has no ${from}`);
    return text.replace(from, to);
  }, spec);
}

export interface Row {
  readonly person_id: string;
  readonly age: string;
  readonly city: string;
  readonly income: string;
  readonly bought: string;
}

/** The same people each time: older and richer ones buy more, and Romans most. */
export function people(count = 3000): readonly Row[] {
  let state = 1;
  const uniform = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: count }, (_, i) => {
    const [age, city, income] = [18 + Math.floor(uniform() * 60), ["Berlin", "Paris", "Rome", ""][Math.floor(uniform() * 4)]!, 10_000 + uniform() * 50_000];
    const score = (age - 45) / 12 + (city === "Rome" ? 1 : -0.3) + (income - 35_000) / 20_000;
    return { person_id: `p${i}`, age: String(age), city, income: income.toFixed(2), bought: String(uniform() < 1 / (1 + Math.exp(-score))) };
  });
}

export const csv = (rows: readonly Row[]): string => ["person_id,age,city,income,bought", ...rows.map((row) => Object.values(row).join(","))].join("\n") + "\n";

export interface Project {
  readonly folder: string;
  write(name: string, text: string | Uint8Array): Promise<void>;
  /** Names of everything registered. */
  versions(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** A folder with `people.mlspec` and `people.csv`. */
export async function project(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-cli-"));
  const write = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(folder, name), text);
  for (const [name, text] of Object.entries({ "people.mlspec": peopleSpec(), "people.csv": csv(people()), ...files })) await write(name, text);
  return {
    folder, write,
    versions: async () => {
      const models = join(folder, ".mlspec", "registry", "models", "buyer");
      return existsSync(models) ? (await readdir(models)).map((name) => name.replace(".json", "")) : [];
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
