import { expect } from "vitest";
import { both, holds, hostile, refused, scores, warned, type Outcome, type Result } from "./table.ts";
import { noise, small, table } from "./small.ts";

// When things happened, and when they are known.
const day = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
const minute = (i: number): string => new Date(Date.UTC(2024, 0, 1, 0, i)).toISOString();

/** A line with a little noise, one row a minute, and what else there is. */
const rows = (more: readonly string[] = []): string =>
  `${table("at,x,y", 1000, (i, u) => { const x = noise(u); return [minute(i), x, 3 * x + 1 + noise(u) / 10]; })}${more.map((line) => `${line}\n`).join("")}`;
const line = small({ columns: "at: timestamp, x: float, y: float", source: "time: at" });

const summary = (result: Result): Readonly<Record<string, string | number>> => result.events.find((event) => event.type === "stage-finished" && event.stage === "data" && event.outcome !== "failed")?.["summary" as never] ?? {};
const counts = (wanted: Readonly<Record<string, number>>): Outcome => holds(Object.entries(wanted).map(([name, n]) => `${n} ${name}`).join(", "), (result) => expect(summary(result)).toMatchObject(wanted));

const clicks = `
entity user { key: id }
source shown {
  read: csv("shown.csv")
  time: at
  columns { id: string -> user, at: date, x: float }
}
source clicks {
  read: csv("clicks.csv")
  time: at
  columns { id: string -> user, at: date }
}
features habits for user { from: clicks, lately = count() over 7d, refresh: 1h }
label clicked: bool { of: shown, is: exists(clicks where same(user)), within: 30d }
dataset all { examples: shown, label: clicked, features: [shown.x, habits.lately], split: by_hash(train: 70%, validate: 10%, test: 20%) }
model learner { predict: clicked from all, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 3, seed: 1 } }
evaluation quality of learner { metrics: [auc] }
`;
const shown = table("id,at,x", 400, (i, u) => [`u${i % 40}`, day(i), noise(u)]);
const clicked = (more = ""): string => table("id,at", 400, (i) => [`u${(i * 7) % 40}`, day(i)]) + more;

hostile("rows from the future", [
  {
    tried: "one row of 2130 among those of 2024", spec: line, files: { "data.csv": rows(["2130-01-01T00:00:00Z,1000000,-1000000"]) },
    then: both(warned("rows-future", /1 of 1,001 rows of rows/, /2130-01-01T00:00:00Z in row 1,001/), counts({ examples: 1000, "from the future, left out": 1 }), scores("r2", 0.99, 1)),
  },
  {
    tried: "a split by time, whose newest rows have not happened",
    spec: small({ columns: "at: timestamp, x: float, y: float", source: "time: at" }).replace("by_hash(train", "by_time(train"),
    files: { "data.csv": rows(Array.from({ length: 200 }, (_, i) => `2200-01-01T00:00:${String(i % 60).padStart(2, "0")}Z,1,50`)) },
    then: both(warned("rows-future", /200 of 1,200/), counts({ examples: 1000, test: 200 }), scores("r2", 0.99, 1)),
  },
  {
    tried: "an event of 2200 that would mature every label", spec: clicks, files: { "shown.csv": shown, "clicks.csv": clicked("u1,2200-01-01\n") },
    then: both(warned("rows-future", /rows of clicks/, /2200-01-01 in row 401/), counts({ immature: 30 })),
  },
  { tried: "all rows of the future", spec: line.replace("timestamp", "date"), files: { "data.csv": table("at,x,y", 100, (i, u) => ["2200-01-01", i, noise(u)]) }, then: refused("no-examples", /all 100 rows of rows is in the future/) },
  {
    tried: "a contract counts rows of the future too", spec: small({ columns: "at: timestamp, x: float, y: float", source: "time: at\n  expect { require rows in 1..1000 }" }),
    files: { "data.csv": rows(["2200-01-01T00:00:00Z,1,1"]) }, then: refused("contract-failed", /1001 rows/),
  },
  { tried: "no row of the future", spec: line, files: { "data.csv": rows() }, then: holds("no word of it", ({ code, out }) => { expect(code).toBe(0); expect(out).not.toContain("future"); }) },
]);
