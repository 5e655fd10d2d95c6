/** Compressed time across real processes: a history is told in one clock that never runs backwards, whatever each process was told. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import { openDatabase } from "../../../runtime/data/database.ts";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { predict } from "./traffic.ts";

let shop: Project;
let server: Started;
let url: string;
beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
});
afterEach(() => end("SIGKILL"));
afterAll(() => shop.remove());

async function serve(...options: string[]): Promise<void> {
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...options]);
  ({ url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening"));
}
const moved = (to: string) => server.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ stage, state }) => stage === to || state === to);
async function end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  server.child.kill(signal);
  await server.ended;
}
const rollout = async (...args: string[]) => expect((await mlspec(shop.folder, "rollout", ...args)).err).toBe("");
const service = async () => (await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json")).services[0]!;

async function loggedTimes(ids: readonly string[]): Promise<readonly number[]> {
  using database = await openDatabase({ threads: 1 });
  const rows = await database.rows(`SELECT id, epoch_ms(time) AS ms FROM read_parquet('${join(shop.folder, ".mlspec", "log", "answer", "*.parquet")}', union_by_name = true)`);
  return ids.map((id) => Number(rows.find((row) => row["id"] === id)?.["ms"] ?? NaN));
}

test("killed and served again with another scale, and then with none", async () => {
  const ids: string[] = [];
  const ask = async (): Promise<void> => void ids.push((await predict(url))[0]!.id);
  expect((await service()).clock).toBeNull();
  await serve("--time-scale", "7200");
  await rollout("start", "people.mlspec");
  await moved("shadow");
  await ask();
  await end("SIGKILL");
  const killed = await service();
  expect(killed.clock?.aheadMs).toBeGreaterThan(0);
  const told = await mlspec(shop.folder, "status", "people.mlspec");
  expect(told.out).toContain("ahead of the system's clock");

  await serve("--time-scale", "300");
  expect(server.lines.join("\n")).toContain("goes on from where it was");
  await ask();
  await rollout("pause", "people.mlspec");
  await rollout("resume", "people.mlspec");
  await end("SIGTERM");

  await serve();
  await ask();
  await rollout("abort", "people.mlspec");
  await rollout("start", "people.mlspec");
  await moved("shadow");
  await end("SIGTERM");
  await rollout("abort", "people.mlspec");
  await rollout("start", "people.mlspec");
  expect((await service()).clock?.aheadMs).toBeGreaterThan(0);

  const { rollout: last } = await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
  const { openState } = await import("../../../runtime/state/state.ts");
  const state = openState(join(shop.folder, ".mlspec"));
  const history = state.rollouts.of("answer").toReversed().flatMap(({ id, startedAt }) => [startedAt, ...state.rollouts.transitions(id).map(({ at }) => at)]);
  state.close();
  expect(history.length).toBeGreaterThanOrEqual(9);
  expect(history).toEqual(history.toSorted((a, b) => a - b));
  expect(last?.startedAt).toBe(history.at(-1));
  const times = await loggedTimes(ids);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
