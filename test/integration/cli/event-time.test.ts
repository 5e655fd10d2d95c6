/** The event time under a request's own name for it: what is sent is what answers, as in training. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { mlspec, start, type Started } from "./mlspec.ts";
import { project, type Project } from "./people.ts";
import { post } from "./traffic.ts";

const spec = `source rides {
  read: csv("rides.csv")
  time: placed
  columns { placed: timestamp, minutes: float, fare: float }
}
features moment { from: request { placed: timestamp, minutes: float }, night = hour_of_day(placed) < 6 }
label price: float { of: rides, is: fare }
dataset history { examples: rides, label: price, features: [moment.night, rides.minutes], split: by_hash(train: 80%, validate: 10%, test: 10%) }
model fares { predict: price from history, network: [], train { optimizer: adam(rate: 0.1), epochs: 60, patience: 0, batch: 32 } }
evaluation quality of fares { require r2 >= 0.9 }
service answer { model: fares, timeout: 20s }
`;
const time = (i: number): string => new Date(Date.UTC(2026, 0, 1, i)).toISOString();
const rides = ["placed,minutes,fare", ...Array.from({ length: 480 }, (_, i) => `${time(i)},${i % 7},${(i % 24 < 6 ? 100 : 10) + (i % 7)}`)].join("\n") + "\n";

let shop: Project;
let server: Started | undefined;
let url = "";
beforeAll(async () => {
  shop = await project({ "rides.mlspec": spec, "rides.csv": rides });
  expect(await mlspec(shop.folder, "run", "rides.mlspec")).toMatchObject({ code: 0 });
  server = start(shop.folder, ["serve", "rides.mlspec", "--port", "0", "--events", "ndjson"]);
  ({ url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening"));
});
afterAll(async () => {
  server?.child.kill("SIGKILL");
  await server?.ended;
  await shop.remove();
});

const fare = async (placed: string): Promise<number> => {
  const { status, body } = await post(url, "/predict", { placed, minutes: 3 });
  expect({ status, ignored: (body as { ignored?: unknown }).ignored }).toEqual({ status: 200 });
  return (body as { prediction: number }).prediction;
};

test("a field that is the examples' event time is read as it was sent", async () => {
  expect(Math.abs((await fare("2026-02-01T03:00:00Z")) - 103)).toBeLessThan(10);
  expect(Math.abs((await fare("2026-02-01T20:00:00Z")) - 13)).toBeLessThan(10);
});

test("it is a field as any other: listed, needed, and refused when it is no time", async () => {
  const { inputs } = await (await fetch(`${url}/v2/models/fares`)).json() as { inputs: { name: string; optional: boolean }[] };
  expect(inputs.map(({ name, optional }) => ({ name, optional }))).toEqual([{ name: "placed", optional: false }, { name: "minutes", optional: false }]);
  expect(await post(url, "/predict", { minutes: 3 })).toMatchObject({ status: 400, body: { code: "field-missing" } });
  expect(await post(url, "/predict", { minutes: 3, placed: "not a time" })).toMatchObject({ status: 400, body: { code: "value-invalid" } });
});
