/** From a file to an answer and the log, with names that SQL takes for one, and with ours. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { openDatabase } from "../../../runtime/data/database.ts";
import { noise, table } from "../hostile-data/small.ts";
import { mlspec, start } from "./mlspec.ts";
import { post } from "./traffic.ts";

const spec = `
entity shop { key: shop }
source visits { read: csv("visits.csv"), time: at, columns { Shop: string -> shop, at: timestamp, sales: float, Sales: float, __label: float, __row: string, y: float } }
source events { read: csv("events.csv"), time: at, columns { Shop: string -> shop, at: timestamp, v: float, V: float } }
features Facts for shop { from: events, total = coalesce(sum(v) over 100d, 0), Total = coalesce(sum(V) over 100d, 0) }
label answer: float { of: visits, is: y }
dataset all { examples: visits, label: answer, features: [visits.sales, visits.Sales, visits.__label, visits.__row, Facts.total, Facts.Total], split: by_hash(train: 80%, validate: 10%, test: 10%) }
model learner { predict: answer from all, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 60, seed: 1 }, fallback none = 0.0 }
evaluation quality of learner { metrics: [r2], require r2 > 0.98 }
service answer_it { model: learner, otherwise: learner.none }
`;

const folders: string[] = [];
afterEach(async () => { for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true }); });

/** y = 5 sales − 3 Sales + 2 __label + total / 10 − Total / 50, where the shop s3 has a total of 60 and a Total of 100. */
test("each name has its own value in training, in the request, in the online store and in the log", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-names-"));
  folders.push(folder);
  const total = (i: number): number => 20 * (i % 7);
  const Total = (i: number): number => 25 * ((i % 5) + 1);
  await writeFile(join(folder, "spec.mlspec"), spec);
  await writeFile(join(folder, "events.csv"), table("Shop,at,v,V", 100, (i) => [`s${i}`, "2026-01-01", total(i), Total(i)]));
  await writeFile(join(folder, "visits.csv"), table("Shop,at,sales,Sales,__label,__row,y", 2000, (i, u) => {
    const [a, b, c] = [noise(u), noise(u), noise(u)];
    return [`s${i % 100}`, "2026-01-15", a, b, c, i % 2 === 0 ? "even" : "odd", 5 * a - 3 * b + 2 * c + total(i % 100) / 10 - Total(i % 100) / 50];
  }));
  const ran = await mlspec(folder, "run", "spec.mlspec");
  expect(ran.code, ran.out + ran.err).toBe(0);
  const server = start(folder, ["serve", "spec.mlspec", "--port", "0", "--events", "ndjson"]);
  const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  const row = { Shop: "s3", at: "2026-01-20T00:00:00Z", sales: 1, Sales: 0, __label: 0, __row: "even" };
  const ask = async (sent: object): Promise<number> => ((await post(url, "/predict", sent)).body as { prediction: number }).prediction;
  const answers = [await ask(row), await ask({ ...row, sales: 0, Sales: 1 }), await ask({ ...row, sales: 0, __label: 1 })];
  server.child.kill("SIGTERM");
  await server.ended;
  const rest = 6 - 2;
  for (const [i, expected] of [5 + rest, -3 + rest, 2 + rest].entries()) expect(answers[i]).toBeCloseTo(expected, 0);
  using database = await openDatabase();
  const logged = await database.rows(`SELECT request, features FROM read_parquet('${join(folder, ".mlspec", "log", "answer_it", "*.parquet")}') ORDER BY time`);
  expect(logged.map(({ request }) => request)).toMatchObject([{ sales: 1, "Sales~1": 0, "__label~": 0, "__row~": "even" }, { sales: 0, "Sales~1": 1 }, { "__label~": 1 }]);
  expect(logged[0]?.["features"]).toEqual({ "Facts.total~1": 60, "Facts.Total~41": 100 });
});
