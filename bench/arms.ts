/**
 * How often equal versions are rolled back, and harmful ones caught, where it is hard to be fair: requests of 250 rows that belong to as many shoppers, under a
 * timeout, on a machine that is saturated (load generators and busy processes beside the server). A real HTTP server, real models, real SQLite, the real
 * controller; a rollout lasts as many requests as it is given, or until it rolls back. Its hold never ends, so nothing passes.
 *   node bench/arms.ts [rollouts per row, A/A] [rollouts per row, A/B] [requests per rollout] [which rows, such as 0,3]
 * CONNECTIONS (1): how many requests are under way; with many, nearly everything is late, and then nothing is counted.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import type { StageRequirement } from "../grammar/compiled-spec/index.ts";
import { steadyTime } from "../runtime/rollout/clock.ts";
import { abortRollout, deploy, startRollout } from "../runtime/rollout/commands.ts";
import { createController } from "../runtime/rollout/controller.ts";
import { createRecorder } from "../runtime/rollout/recorder.ts";
import { createRouter } from "../runtime/rollout/router.ts";
import { rolloutRouter } from "../runtime/serving/routing.ts";
import { openState } from "../runtime/state/state.ts";
import { openShop } from "../test/integration/serving/shop.ts";
import { errorsAtMostControl, p99Below, planWith, stage } from "../test/unit/rollout/fixtures.ts";

const hour = 3_600_000;
const rows = 250;
/** An hour of the rollout's time passes in 12 s. */
const timeScale = 300;

interface Scenario {
  readonly name: string;
  readonly timeoutMs: number;
  /** Answers at `position` 9 are no number. */
  readonly candidateFails: boolean;
  /** Share of requests that ask for position 9. */
  readonly share: number;
  /** Turns of a loop in each run of the model. */
  readonly spins: { readonly control: number; readonly candidate: number };
  /** Milliseconds for 99% of the requests; null: only errors are judged. */
  readonly p99: number | null;
  readonly traffic: number;
  readonly rowsPerRequest: number;
  readonly equal: boolean;
  /** Times the requests that a rollout is given. */
  readonly longer: number;
}

const quick = { control: 0, candidate: 0 };
const common = { timeoutMs: 200, candidateFails: false, share: 0, spins: quick, p99: null, traffic: 0.1, rowsPerRequest: rows, equal: true, longer: 1 };
const scenarios: readonly Scenario[] = [
  { ...common, name: "A/A, 10%: equal versions" },
  { ...common, name: "A/A, 80%: equal versions, the candidate is the larger arm", traffic: 0.8 },
  { ...common, name: "A/A, 50%: equal versions, p99 < 55 ms, a model in a thread of its own", traffic: 0.5, timeoutMs: 1_000, spins: { control: 8_000, candidate: 8_000 }, p99: 55, rowsPerRequest: 4 },
  { ...common, name: "A/B, 50%: 2% of the candidate's requests fail", candidateFails: true, share: 0.02, traffic: 0.5, equal: false, longer: 30 },
  { ...common, name: "A/B, 50%: twice as slow, p99 < 55 ms", traffic: 0.5, timeoutMs: 1_000, spins: { control: 8_000, candidate: 16_000 }, p99: 55, rowsPerRequest: 4, equal: false },
  { ...common, name: "A/A, 10%: equal versions, p99 < 55 ms, the candidate is seldom asked", timeoutMs: 1_000, spins: { control: 8_000, candidate: 8_000 }, p99: 55, rowsPerRequest: 4 },
];

interface Figures {
  readonly requests: number;
  readonly rolledBack: number;
  readonly fallbacks: number;
  readonly uncounted: number;
  /** Requests until it was rolled back, median. */
  readonly requestsToRollBack: number;
  readonly reasons: readonly string[];
}

async function serveRollouts(scenario: Scenario, rollouts: number, requestsEach: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-arms-"));
  const shop = await openShop({ folder, service: { timeoutMs: scenario.timeoutMs, log: null } });
  const live = await shop.register(0.1, { spins: scenario.spins.control });
  const candidate = await shop.register(scenario.candidateFails ? 1e38 : 0.100001, { spins: scenario.spins.candidate });
  const now = steadyTime({ scale: timeScale, from: 0, wall: Date.now, monotonic: () => performance.now() });
  const state = openState(join(folder, "state"));
  const router = createRouter("recommend");
  const recorder = createRecorder({ state, routing: () => router.routing() });
  const { server, url } = await shop.serve([live], { router: rolloutRouter(router), observer: recorder, clock: { now, monotonic: () => performance.now() } });
  const controller = createController({ state, service: "recommend", router, recorder, now, longestGapMs: hour, load: (version) => server.load(version), unload: (version) => server.unload(version) });
  const verify = () => Promise.resolve();
  await deploy(state, { service: "recommend", model: "ranker", version: live, kind: "deploy", by: "bench", reason: "a bench", now: now(), verify });
  await controller.tick();
  controller.start(50);
  process.stdout.write(`${url}\n`);
  const answered = async (): Promise<number> => (await server.metrics.requests.get()).values.reduce((sum, { value }) => sum + value, 0);
  const requirements: StageRequirement[] = [errorsAtMostControl, ...(scenario.p99 === null ? [] : [p99Below(scenario.p99)])];
  const plan = planWith([stage("canary", scenario.traffic, { holdMs: 1e6 * hour, requirements }), stage("full", 1)]);
  const took: number[] = [];
  const reasons: string[] = [];
  const begun = await answered();
  for (let n = 0; n < rollouts; n++) {
    const { id } = await startRollout(state, { plan, candidate, by: "bench", now: now(), verify });
    const before = await answered();
    let seen = 0;
    while (state.rollouts.get(id)?.endedAt === null && seen < requestsEach) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      seen = (await answered()) - before;
    }
    await controller.tick();
    if (state.rollouts.get(id)?.state === "rolled-back") {
      took.push(seen);
      reasons.push(state.rollouts.transitions(id).at(-1)?.reason ?? "");
    } else await abortRollout(state, { service: "recommend", by: "bench", reason: "enough", now: now(), verify });
    await controller.tick();
  }
  const sum = async (counter: { get(): Promise<{ values: readonly { value: number }[] }> } | undefined): Promise<number> => ((await counter?.get())?.values ?? []).reduce((total, { value }) => total + value, 0);
  const figures: Figures = {
    requests: (await answered()) - begun, rolledBack: took.length, fallbacks: await sum(server.metrics.fallbacks),
    uncounted: await sum("uncounted" in server.metrics ? server.metrics.uncounted : undefined),
    requestsToRollBack: took.sort((a, b) => a - b)[took.length >> 1] ?? NaN, reasons: [...new Set(reasons)].slice(0, 3),
  };
  process.send?.(figures);
  await controller.stop();
  await shop.close();
  state.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

/** Requests of shoppers that nobody has seen, until it is killed. */
async function generateLoad(url: string, scenario: Scenario): Promise<void> {
  let request = 0;
  await autocannon({
    url: `${url}/predict`, method: "POST", headers: { "content-type": "application/json" }, connections: Number(process.env["CONNECTIONS"] ?? 1), duration: 3_600,
    setupClient: (client) => {
      const next = (): void => {
        const own = ++request;
        const bad = Math.random() < scenario.share;
        client.setBody(JSON.stringify({ rows: Array.from({ length: scenario.rowsPerRequest }, (_, i) => (
          { sku: "wool", shopper_id: `${process.pid} ${own} ${i}`, position: bad ? 9 : 1 + (i % 3), price: 12.5, country: "NZ", member: true })) }));
      };
      next();
      client.on("response", next);
    },
  });
}

const own = (args: readonly string[], channel: boolean): ChildProcess =>
  spawn(process.execPath, [import.meta.filename, ...args], { stdio: ["ignore", "pipe", "inherit", ...(channel ? ["ipc" as const] : [])] });

async function measure(index: number, rollouts: number, requestsEach: number): Promise<Figures> {
  const scenario = scenarios[index] as Scenario;
  const children: ChildProcess[] = [];
  try {
    const server = own(["--serve", String(index), String(rollouts), String(requestsEach)], true);
    children.push(server);
    const figures = once(server, "message") as Promise<[Figures]>;
    const [line] = (await once(server.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
    const url = line.toString().trim();
    children.push(own(["--load", url, String(index)], false), own(["--busy"], false), own(["--busy"], false));
    const ended = once(server, "exit").then(() => { throw new Error(`the server ended: ${scenario.name}`); });
    ended.catch(() => undefined);
    const [found] = await Promise.race([figures, ended]);
    return found;
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

async function compare(equalRollouts: number, harmedRollouts: number, requestsEach: number, only: string | undefined): Promise<void> {
  console.log(`${cpus()[0]?.model ?? "a processor"}, ${cpus().length} cores; ${requestsEach} requests a rollout at most; α = 0.05`);
  for (const [index, { name, equal, longer }] of scenarios.entries()) {
    if (only !== undefined && !only.split(",").includes(String(index))) continue;
    const rollouts = equal ? equalRollouts : harmedRollouts;
    const began = performance.now();
    const { requests, rolledBack, fallbacks, uncounted, requestsToRollBack, reasons } = await measure(index, rollouts, requestsEach * longer);
    const seconds = (performance.now() - began) / 1000;
    console.log(`${name}: ${rolledBack} of ${rollouts} rolled back (${((100 * rolledBack) / rollouts).toFixed(1)}%${rolledBack === 0 ? "" : `, median after ${requestsToRollBack} requests`}); ` +
      `${requests} requests at ${(requests / seconds).toFixed(0)}/s, the fallback stepped in ${fallbacks} times, ${uncounted} arms counted nowhere; ${seconds.toFixed(0)} s`);
    for (const reason of reasons) console.log(`    ${reason}`);
  }
}

const [first, second, third, fourth] = process.argv.slice(2);
const scenarioOf = (index: string | undefined): Scenario => scenarios[Number(index)] as Scenario;
if (first === "--serve") await serveRollouts(scenarioOf(second), Number(third), Number(fourth));
else if (first === "--load") await generateLoad(second ?? "", scenarioOf(third));
else if (first === "--busy") for (;;);
else await compare(Number(first ?? 200), Number(second ?? 40), Number(third ?? 25), fourth);
