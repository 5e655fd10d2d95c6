/** What is online is as of the newest event, and never of later than the present: a row from the future moves no window. */
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { loadSpec } from "../../../language-server/compile/load.ts";
import { OnlineStore } from "../../../runtime/online/store.ts";
import { keepFeatures } from "../../../runtime/service/features.ts";

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), "mlspec-future-")); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = `
entity user { key: id }
source clicks {
  read: csv("clicks.csv")
  time: at
  lateness: 1h
  columns { id: string -> user, at: timestamp, won: bool }
}
features habits for user { from: clicks, lately = count() over 7d, refresh: 1h, max_age: 6h }
label won: bool { of: clicks, is: won }
dataset all { examples: clicks, label: won, features: habits.*, split: by_hash(train: 80%, validate: 10%, test: 10%) }
model learner { predict: won from all, fallback base = 0.5 }
evaluation quality of learner { require auc >= 0.5 }
service answer { model: learner, otherwise: learner.base }
`;
const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

/** What is online at `present`, of clicks each hour of two days and more. */
async function online(present: number, more: readonly number[] = []): Promise<{ asOf: string; lately: unknown; keys: number; said: string }> {
  writeFileSync(join(folder, "spec.mlspec"), text);
  writeFileSync(join(folder, "clicks.csv"), `id,at,won\n${[...Array.from({ length: 48 }, (_, i) => start + i * hour), ...more].map((ms) => `u,${at(ms)},true\n`).join("")}`);
  const spec: CompiledSpec = (await loadSpec(join(folder, "spec.mlspec"))).spec;
  const store = OnlineStore.open(join(folder, "online"));
  const said: string[] = [];
  try {
    (await keepFeatures({ spec, service: "answer", online: store, dataFolder: undefined, now: () => present, onMessage: (level, line) => void said.push(`${level}: ${line}`) }))();
    const view = store.view("habits");
    if (view === null) throw new Error("nothing is online");
    return { asOf: at(view.asOfMs), lately: store.lookup(view, "u").values[0], keys: view.rows, said: said.join("\n") };
  } finally {
    await store.close();
  }
}

test("old data is as of just after its newest event was known, however old it is", async () => {
  expect(await online(Date.UTC(2036, 0, 1))).toEqual({ asOf: at(start + 48 * hour), lately: 48, keys: 1, said: "info: features habits: 1 entities are online" });
});

test("an event of 2030 is told and changes nothing", async () => {
  expect(await online(start + 60 * hour, [Date.UTC(2030, 0, 1)])).toEqual({
    asOf: at(start + 48 * hour), lately: 48, keys: 1, said: expect.stringMatching(/warning: features habits: 1 of 49 rows of clicks .*2030-01-01T00:00:00Z in row 49/) as string,
  });
});

test("what is not known yet does not count: the present ends the window, as in training", async () => {
  // The newest event is known from 48:00 on.
  expect(await online(start + 47.5 * hour)).toMatchObject({ asOf: at(start + 47.5 * hour), lately: 47 });
});

test("nothing but the future: as of now, and of no one", async () => {
  expect(await online(start - hour)).toMatchObject({ asOf: at(start - hour), keys: 0 });
});
