/** Names that mean something to JavaScript mean nothing here: in every role they are as good as others, from the text to the answer. */
import { afterAll, afterEach, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { mlspec, start, type Started } from "./mlspec.ts";
import { project, type Project } from "./people.ts";
import { post } from "./traffic.ts";

const nasty = [
  "__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
  "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
] as const;

/** Each name in some role: `turn` says in which. */
function specOf(turn: number): { readonly text: string; readonly model: string; readonly columns: readonly [string, string, string, string] } {
  const name = (i: number): string => nasty[(i + turn) % nasty.length]!;
  const [source, label, dataset, model, evaluation, service, view, slice, baseline, fallback, feature, input, entity] = nasty.map((_, i) => name(i));
  // Names of columns, features and inputs are in spaces of their own.
  const [number, text, perhaps, time] = [name(0), name(1), name(2), name(3)];
  return {
    model: model!, columns: [number, text, perhaps, time],
    text: `entity ${entity} { key: ${name(4)} }
source ${source} {
  read: csv("rows.csv")
  time: ${time}
  columns { ${number}: float, ${text}: string -> ${entity}, ${perhaps}: float?, ${time}: timestamp, y: float }
}
features ${view} for ${entity} { from: ${source}, ${feature} = avg(${number}) over 30d }
features moment { from: request { ${time}: timestamp, ${number}: float }, ${name(6)} = ${number} * hour_of_day(${time}) }
label ${label} : float { of: ${source}, is: y }
dataset ${dataset} { examples: ${source}, label: ${label}, features: [${view}.${feature}, moment.*, ${source}.${number}, ${source}.${text}, ${source}.${perhaps}], split: by_hash(train: 80%, validate: 10%, test: 10%) }
model ${model} {
  predict: ${label} from ${dataset}
  inputs {
    ${input} = standardize(${source}.${number})
    ${name(7)} = one_hot(${source}.${text})
    ${name(8)} = number(${source}.${perhaps})
    ${name(9)} = number(${view}.${feature})
    ${name(10)} = number(moment.${name(6)})
    ${name(5)} = embedding(${source}.${text}, size: 2, buckets: 4)
  }
  network: [dense(4)]
  train { epochs: 1 }
  fallback ${fallback} = ${source}.${number}
}
evaluation ${evaluation} of ${model} {
  slices: [${source}.${text}]
  slice ${slice} = ${source}.${number} > 3
  baseline ${baseline} = ${source}.${number}
  require mae < 1M
  require mae < 1M by ${text}
  require mae < 1M by ${slice}
  require mae < ${baseline}.mae * 1M
}
service ${service} { model: ${model}, otherwise: ${model}.${fallback}, timeout: 20s, log: predictions(flush: 1s) }
`,
  };
}

const rowsOf = ([number, text, perhaps, time]: readonly string[]): string =>
  [`${number},${text},${perhaps},${time},y`, ...Array.from({ length: 300 }, (_, i) => `${i % 7},${["a", "b", "c"][i % 3]},${i % 2 === 0 ? "" : i % 5},${new Date(Date.UTC(2026, 0, 1, i)).toISOString()},${i % 7 + 1}`)].join("\n") + "\n";

const shops: Project[] = [];
const running: Started[] = [];
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(async () => { for (const shop of shops) await shop.remove(); });

/** Turns in which `__proto__` is: a source and the first column, a feature, a baseline, a view, and each of the other columns. */
const turns = [0, 3, 5, 7, 10, 11, 12];

test.each(turns.map((turn) => [nasty[turn], turn] as const))("%s as a source, and the others as all else", async (_name, turn) => {
  const { text, model, columns } = specOf(turn);
  const shop = await project({ "names.mlspec": text, "rows.csv": rowsOf(columns) });
  shops.push(shop);
  const { code, out, err } = await mlspec(shop.folder, "run", "names.mlspec");
  expect({ code, err }, out).toEqual({ code: 0, err: "" });
  const server = start(shop.folder, ["serve", "names.mlspec", "--port", "0", "--events", "ndjson"]);
  running.push(server);
  const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  const row = Object.fromEntries(columns.map((name, i) => [name, [3, "a", 1, "2026-01-20T10:00:00Z"][i]]));
  const { status, body } = await post(url, "/predict", row);
  expect({ status, body }).toMatchObject({ status: 200, body: { model, prediction: expect.any(Number) as number, fallback: null } });
  expect(body).not.toHaveProperty("ignored");
  const tensors = { inputs: columns.map((name, i) => ({ name, datatype: ["FP64", "BYTES", "FP64", "BYTES"][i], shape: [1], data: [[3, "a", 1, "2026-01-20T10:00:00Z"][i]] })) };
  expect(await post(url, `/v2/models/${model}/infer`, tensors)).toMatchObject({ status: 200, body: { outputs: [{ data: [body["prediction"]] }] } });
  // Without a column that has to be there the request is refused, also where every object has something of that name.
  const { [columns[0]]: _left, ...rest } = row;
  expect(await post(url, "/predict", rest)).toMatchObject({ status: 400, body: { code: "field-missing" } });
}, 60_000);
