/** A rollout on a server that is late for everybody, whoever makes it so: over HTTP, with real models, a real state and the real controller. */
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import pc from "picocolors";
import { afterEach, expect, it } from "vitest";
import { drawRollout } from "../../../cli/draw/rollout.ts";
import { processTerminal } from "../../../cli/terminal.ts";
import { deploy, startRollout } from "../../../runtime/rollout/commands.ts";
import { createController } from "../../../runtime/rollout/controller.ts";
import { createRecorder } from "../../../runtime/rollout/recorder.ts";
import { createRouter } from "../../../runtime/rollout/router.ts";
import { serviceStatus } from "../../../runtime/rollout/status.ts";
import { rolloutRouter } from "../../../runtime/serving/routing.ts";
import { openState } from "../../../runtime/state/state.ts";
import { hour, impliedErrors, planWith, stage } from "../../unit/rollout/fixtures.ts";
import { temporaryFolder } from "../rollout/simulation.ts";
import { openShop, post, wool, type Shop } from "./shop.ts";

let shop: Shop;
afterEach(async () => { await shop.close(); });

/** Sends a request and holds the event loop, as a candidate's work would, until it is late. */
async function askAndStall(url: string, shopper: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  // Let the server accept it, so that what waits is the request.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const body = JSON.stringify({ ...wool, shopper_id: shopper });
  socket.write(`POST /predict HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const stalledAt = performance.now();
  while (performance.now() - stalledAt < 500);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString();
}

it("a stage whose requests are late because of the server does not pass, says so, and ends when its time is up", async () => {
  shop = await openShop({ service: { timeoutMs: 200, log: null } });
  const [live, candidate] = [await shop.register(0.1), await shop.register(0.2)];
  let at = Date.parse("2026-03-02T12:00:00Z");
  const now = () => at;
  const state = openState(join(temporaryFolder(), "state"));
  const router = createRouter("recommend");
  const recorder = createRecorder({ state, routing: () => router.routing() });
  const { server, url } = await shop.serve([live], { router: rolloutRouter(router), observer: recorder, clock: { now, monotonic: () => performance.now() } });
  const controller = createController({ state, service: "recommend", router, recorder, now, longestGapMs: 10 * hour, load: (version) => server.load(version), unload: (version) => server.unload(version) });
  const round = async (laterMs: number) => {
    at += laterMs;
    await controller.tick();
    return serviceStatus(state, "recommend");
  };
  const verify = () => Promise.resolve();
  await deploy(state, { service: "recommend", model: "ranker", version: live, kind: "deploy", by: "ann", reason: "the first", now: now(), verify });
  await round(0);
  const plan = planWith([stage("canary", 0.5, { requirements: [impliedErrors], atMostMs: 6 * hour, overdue: "roll-back" }), stage("full", 1)]);
  await startRollout(state, { plan, candidate, by: "ann", now: now(), verify });
  await round(0);

  for (let request = 0; request < 8; request++) expect(await askAndStall(url, `shopper ${request}`)).toMatch(/"fallback":"timeout"/);
  expect((await post(`${url}/predict`, { ...wool, shopper_id: "one that may be in time" })).status).toBe(200);

  const waiting = await round(2 * hour);
  expect(waiting.rollout).toMatchObject({ state: "running", stage: 0, waiting: { for: "evidence", remainingMs: null, text: expect.stringMatching(/^not enough evidence: [89] of 9 requests \(\d of the candidate's\) were late because of the server/) as unknown } });
  const { candidate: ofCandidate = 0, control = 0 } = waiting.rollout?.uncounted ?? {};
  expect(ofCandidate + control).toBeGreaterThanOrEqual(8);
  const drawn = drawRollout(waiting, "shop.mlspec", { ...processTerminal(), colors: pc.createColors(false) });
  expect(drawn).toMatch(/ {2}[89] requests \(\d of the candidate's\) were late because of the server and count in neither arm\.\n/);
  const ended = await round(5 * hour);
  expect(ended).toMatchObject({ live, rollout: { state: "rolled-back" } });
  expect(ended.rollout?.history.at(-1)?.reason).toMatch(/^stage 'canary' has not passed within 6 h, the most that it may last: .* were late because of the server/);
  await controller.stop();
  state.close();
});
