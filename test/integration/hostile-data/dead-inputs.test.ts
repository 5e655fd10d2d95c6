import { expect } from "vitest";
import { both, holds, hostile, mlspec, refused, scores, warned, type Outcome } from "./table.ts";
import { noise, small, table } from "./small.ts";

// What a model is given and can learn nothing from.
const columns = "x: float, none: float?, pad: float, kind: string, age: float, y: float";
const data = table("x,none,pad,kind,age,y", 1000, (i, u) => { const x = noise(u); return [x, "", 7, "a", 30 + (i % 40), 3 * x + 1 + noise(u) / 10]; });
const inputs = "x = standardize(x), none = standardize(none), pad = number(pad), kind = one_hot(kind), id = embedding(kind, size: 2, top: 10), age = bucketize(age, boundaries: [1000, 2000])";
const features = "[rows.x, rows.none, rows.pad, rows.kind, rows.age]";

const silent: Outcome = holds("no word of it", ({ code, out, err }) => { expect(code, out + err).toBe(0); expect(out).not.toMatch(/inputs-constant|windows-empty/); });
const again = (text: string | RegExp): Outcome => holds("told again by the next run", async ({ folder }) => {
  const { code, out } = await mlspec(folder, "run", "spec.mlspec", "--json");
  expect(code).toBe(0);
  expect(out).toMatch(text);
  expect(out).toContain('"skipped"');
});
const once = (code: string): Outcome => holds("once", ({ out }) => expect(out.split(`"${code}"`)).toHaveLength(2));

hostile("inputs that tell nothing apart", [
  {
    tried: "null, the same value, one word, a number that falls into one bucket", spec: small({ columns, features, inputs }), files: { "data.csv": data },
    then: both(
      warned("inputs-constant", /of 6 inputs 5 tell no training example from another/, /none is missing in all/, /pad has the same value/, /kind has the same value/, /id has the same value/, /age has different values that its encoding makes the same/),
      once("inputs-constant"), scores("r2", 0.99, 1), again("5 tell no training example"),
    ),
  },
  { tried: "inputs that all say something", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": table("x,y", 500, (_, u) => { const x = noise(u); return [x, 2 * x]; }) }, then: silent },
  {
    tried: "one row in a thousand differs", spec: small({ columns: "x: float, kind: string, y: float", features: "[rows.x, rows.kind]" }),
    files: { "data.csv": table("x,kind,y", 1000, (i, u) => { const x = noise(u); return [x, i % 500 === 499 ? "b" : "a", 2 * x]; }) }, then: silent,
  },
]);

const day = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
const windows = ({ lateness = "0s", over = "7d", where = "", more = "" }): string => `
entity user { key: id }
source shown {
  read: csv("shown.csv")
  time: at
  columns { id: string -> user, at: date, x: float, won: bool }
}
source clicks {
  read: csv("clicks.csv")
  time: at
  lateness: ${lateness}
  columns { id: string -> user, at: date, price: float }
}
features habits for user {
  from: clicks ${where}
  ${more}
  lately = count() over ${over}
  ever = count()
  refresh: 1h
}
label won: bool { of: shown, is: won }
dataset all { examples: shown, label: won, features: [shown.x, habits.*], split: by_hash(train: 70%, validate: 10%, test: 20%) }
model learner { predict: won from all, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 3, seed: 1 } }
evaluation quality of learner { metrics: [auc] }
`;
const shown = table("id,at,x,won", 400, (i, u) => { const x = noise(u); return [`${i % 40}`, day(i), x, x > 0]; });
const clicks = (id: (i: number) => string): string => table("id,at,price", 2000, (i) => [id(i), day(i % 400), i % 9]);
const sane = clicks((i) => String((i * 7) % 40));

hostile("windows that hold nothing", [
  { tried: "a lateness as long as the window", spec: windows({ lateness: "7d" }), files: { "shown.csv": shown, "clicks.csv": sane }, then: refused("window-inside-lateness", /looks back 7d/, /longer than 7d/) },
  {
    tried: "the same, ignored with a reason", spec: windows({ lateness: "7d", more: "// mlspec-ignore window-inside-lateness: a test" }), files: { "shown.csv": shown, "clicks.csv": sane },
    then: both(warned("windows-empty", /window of habits\.lately in any of 400 examples/, /lateness/), warned("inputs-constant", /lately has the same value/), again("windows-empty")),
  },
  { tried: "keys with zeros before them", spec: windows({}), files: { "shown.csv": shown, "clicks.csv": clicks((i) => String((i * 7) % 40).padStart(6, "0")) }, then: warned("windows-empty", /habits\.lately, habits\.ever/, /No example has a key/) },
  { tried: "a `where` that leaves nothing", spec: windows({ where: "where price > 100" }), files: { "shown.csv": shown, "clicks.csv": sane }, then: warned("windows-empty", /Look at the times of clicks/) },
  { tried: "windows that hold something", spec: windows({}), files: { "shown.csv": shown, "clicks.csv": sane }, then: silent },
]);
