/** Only purchases are told, as most shops do: a served rollout waits until the others are certain, over a kill -9 too, and then judges right. */
import { afterEach, expect, test } from "vitest";
import type { StageEvidence } from "../../../runtime/rollout/evidence.ts";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { project } from "./people.ts";
import { post, predict, showArm } from "./traffic.ts";

const spec = `source visits {
  read: csv("visits.csv")
  time: at
  columns { person: string, age: int, at: timestamp }
}
source purchases {
  read: csv("purchases.csv")
  time: at
  columns { person: string, at: timestamp }
}
label bought: bool {
  of: visits
  is: exists(purchases where same(person))
  within: 4h
}
dataset history {
  examples: visits
  label: bought
  features: [visits.age]
  split: by_hash(train: 70%, validate: 10%, test: 20%)
}
model buyer {
  predict: bought from history
  inputs { age = standardize(visits.age) }
  train { epochs: 1, seed: 5 }
  fallback base_rate = 0.4
}
evaluation quality of buyer { require auc >= 0.1 }
service answer { model: buyer, otherwise: buyer.base_rate, timeout: 20s, log: predictions(flush: 1s) }
rollout release of buyer on answer {
  stage half { traffic: 50%, hold: 30m, at_most: 300d, require rate(bought) >= control * 80% }
  stage full { traffic: 100% }
}
`;

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
const visits = Array.from({ length: 1_000 }, (_, i) => ({ person: `p${i}`, age: 20 + (i % 50), at: at(i / 4) }));
const table = (rows: readonly object[]): string => [Object.keys(rows[0] ?? {}).join(","), ...rows.map((row) => Object.values(row).join(","))].join("\n") + "\n";
const files = {
  "people.mlspec": spec, "visits.csv": table(visits),
  "purchases.csv": table(visits.flatMap(({ person }, i) => (i % 3 === 0 ? [{ person, at: at(i / 4 + 1) }] : []))),
};

let server: Started | undefined;
afterEach(async () => {
  server?.child.kill("SIGKILL");
  await server?.ended;
});

/** Of those whom an arm answers one in `everyNth` buys, and nobody tells of the others. */
test.each([
  ["a fifth of the purchases is rolled back", { candidate: 10, control: 2 }, true],
  ["as many purchases is released", { candidate: 2, control: 2 }, false],
])("a candidate that brings %s, once that is certain", async (_, everyNth, harmful) => {
  const shop = await project(files);
  const serve = async (timeScale: number): Promise<{ readonly url: string; readonly token: Readonly<Record<string, string>> }> => {
    server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--time-scale", String(timeScale), "--events", "ndjson"]);
    const { url, tokenFile } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    return { url, token: await showArm(tokenFile) };
  };
  const rollout = async () => (await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json")).rollout!;
  const gate = async () => (await rollout()).evidence.find(({ text }) => text.startsWith("rate(bought)"))!;
  expect((await mlspec(shop.folder, "run", "people.mlspec")).err).toBe("");

  // Slow enough that nothing matures while predictions and purchases come in.
  const { url, token } = await serve(1);
  expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec")).err).toBe("");
  await server!.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ stage }) => stage === "half");
  const answered = { candidate: 0, control: 0 };
  const purchases: object[] = [];
  for (let i = 0; i < 800; i++) {
    const [answer] = await predict(url, [{ person: `visitor ${i}`, age: 30 }], token);
    const arm = answer!.arm!.endsWith("candidate") ? "candidate" : "control";
    if (answered[arm]++ % everyNth[arm] === 0) purchases.push({ id: answer!.id, label: "bought", value: true });
  }
  expect((await post(url, "/v2/outcomes", { outcomes: purchases }, token)).body).toMatchObject({ accepted: purchases.length });
  await expect.poll(async () => (await gate()).reason, { timeout: 30_000 }).toContain("no prediction of this stage is 4 h old yet");
  expect(await gate()).toMatchObject({ outcome: "not-enough-evidence" });
  server!.child.kill("SIGKILL");
  await server!.ended;
  expect(await gate()).toMatchObject({ outcome: "not-enough-evidence" });

  // An hour in a second: the predictions of the process that was killed mature in this one.
  await serve(3_600);
  const end = harmful ? "rolled-back" : "completed";
  await server!.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ state }) => state === end);
  const { history } = await rollout();
  const decided = history.find(({ kind, stage }) => kind === "roll-back" || (kind === "begin-stage" && stage === 1));
  expect(decided).toMatchObject({ kind: harmful ? "roll-back" : "begin-stage", by: "mlspec", outcome: "done" });
  const found = (decided?.evidence as StageEvidence).requirements.find(({ text }) => text.startsWith("rate(bought)"))!;
  expect(found).toMatchObject({ outcome: harmful ? "fail" : "pass", seen: answered.candidate, reason: expect.stringContaining("no outcome within 4 h counts as none") as unknown });
  expect(found.candidate).toBeCloseTo(1 / everyNth.candidate, 1);
  expect(found.control).toBeCloseTo(1 / everyNth.control, 1);
  await shop.remove();
});
