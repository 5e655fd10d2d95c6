/**
 * How long health takes to answer while a client floods the service, and how long the event loop is held at a time (in processor time, so that a busy machine is
 * not in it), beside two peers in the same run: a bare Fastify server that reads the same bodies and answers a constant (what Node and the machine alone take),
 * and the service at rest. What memory is left afterwards.
 *   node bench/serving-flood.ts [large|small] [seconds] [connections]
 * `large`: 40 connections, requests of 10,000 shoppers each. `small`: 900 connections, requests of one shopper each, all of them at once.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import Fastify from "fastify";
import { wool } from "../test/integration/serving/shop.ts";

type Mode = "large" | "small";
type Peer = "bare" | "service";

const bodies: Readonly<Record<Mode, () => string>> = {
  large: () => JSON.stringify({ rows: Array.from({ length: 10_000 }, (_, i) => ({ ...wool, shopper_id: `shopper ${i}` })) }),
  small: () => JSON.stringify(wool),
};
const usualConnections: Readonly<Record<Mode, number>> = { large: 40, small: 900 };

function askHealth(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(`${url}/v2/health/live`, { agent }, (answer) => { answer.resume().on("end", resolve); }).on("error", reject).end();
  });
}

/** Milliseconds of health answers, one every 20 ms, for as long as `going`; from the shortest to the longest. */
async function watch(url: string, going: () => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const took: number[] = [];
  while (going()) {
    const before = performance.now();
    await askHealth(agent, url);
    took.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  agent.destroy();
  return took.sort((a, b) => a - b);
}

const at = (took: readonly number[], share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
const spread = (took: readonly number[]): string => `p50 ${at(took, 0.5).toFixed(1)} ms, p99 ${at(took, 0.99).toFixed(1)} ms, longest ${at(took, 1).toFixed(1)} ms`;
const shown = (took: readonly number[]): string => `${took.length} answers, ${spread(took)}, ${took.filter((ms) => ms > 50).length} later than 50 ms`;

/** The client in a process of its own: it must not be what is deaf. */
async function floodFrom(url: string, mode: Mode, connections: number): Promise<void> {
  const options = { url: `${url}/predict`, method: "POST" as const, body: bodies[mode](), headers: { "content-type": "application/json" }, connections, duration: 3_600, timeout: 300 };
  const { statusCodeStats, requests, duration, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const flooding = autocannon(options, (error: Error | null, result) => { if (error === null) resolve(result); else reject(error); });
    process.once("message", () => { flooding.stop(); });
  });
  const statuses = Object.fromEntries(Object.entries(statusCodeStats ?? {}).map(([status, { count }]) => [status, count]));
  process.send?.(`answers by status ${JSON.stringify(statuses)}, ${(requests.total / duration).toFixed(0)} each second${errors === 0 ? "" : `, ${errors} broken connections`}`);
  process.disconnect();
}

async function serveBare(): Promise<void> {
  const app = Fastify({ bodyLimit: 8 * 2 ** 20 });
  app.get("/v2/health/live", () => ({ live: true }));
  app.post("/predict", () => ({ model: "ranker", id: "x", prediction: 0.33, version: "0123456789ab", fallback: null }));
  console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
}

interface Started {
  readonly process: ChildProcess;
  readonly url: string;
}

async function start(peer: Peer, folder: string): Promise<Started> {
  const program = peer === "bare" ? [import.meta.filename, "--serve-bare"] : [join(import.meta.dirname, "..", "test", "integration", "serving", "flooded-process.ts"), folder];
  const child = spawn(process.execPath, ["--expose-gc", "--import", join(import.meta.dirname, "loop-hold.ts"), ...program], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  return { process: child, url: line.toString().trim() };
}

async function asked<T>({ process: server }: Started, question: string): Promise<T> {
  server.send(question);
  const [answer] = (await once(server, "message")) as [T];
  return answer;
}

async function memoryOf(server: Started): Promise<string> {
  const { heapUsed, external, rss } = await asked<{ heapUsed: number; external: number; rss: number }>(server, "how much?");
  return `${((heapUsed + external) / 2 ** 20).toFixed(0)} MiB used, ${(rss / 2 ** 20).toFixed(0)} MiB resident`;
}

interface Flooded {
  /** Milliseconds, from the shortest to the longest: of answers of health, and that the loop was held. */
  readonly took: readonly number[];
  readonly held: readonly number[];
  /** What the client says. */
  readonly told: string;
}

async function flooded(server: Started, mode: Mode, seconds: number, connections: number): Promise<Flooded> {
  const { url } = server;
  server.process.send("held from now");
  const client = spawn(process.execPath, [import.meta.filename, "--flood", url, mode, String(connections)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const end = performance.now() + seconds * 1_000;
  const took = await watch(url, () => performance.now() < end);
  client.send("enough");
  const [told] = (await once(client, "message")) as [string];
  return { took, told, held: await asked<number[]>(server, "held?") };
}

async function measure(mode: Mode, seconds: number, connections: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-flood-"));
  const peers: Started[] = [];
  try {
    console.log(`${cpus()[0]?.model ?? "a processor"}, ${cpus().length} cores; ${connections} connections, requests of ${bodies[mode]().length} bytes`);
    const found: Partial<Record<Peer, Flooded>> = {};
    for (const peer of ["bare", "service"] as const) {
      const server = await start(peer, folder);
      peers.push(server);
      const rest = performance.now() + 3_000;
      console.log(`${peer}, at rest: ${shown(await watch(server.url, () => performance.now() < rest))}`);
      if (peer === "service") console.log(`service, at rest: ${await memoryOf(server)}`);
      const under = await flooded(server, mode, seconds, connections);
      found[peer] = under;
      console.log(`${peer}, flooded: ${shown(under.took)}; loop held ${spread(under.held)}; ${under.told}`);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (peer === "service") console.log(`service, afterwards: ${await memoryOf(server)}`);
      server.process.kill("SIGKILL");
    }
    const ratio = (of: "took" | "held", share: number): string => (at(found.service?.[of] ?? [], share) / at(found.bare?.[of] ?? [], share)).toFixed(2);
    console.log(`ratio: under the same flood, health of the service takes ${ratio("took", 0.99)} × (p99), ${ratio("took", 1)} × (longest) what a bare Fastify server takes; ` +
      `its loop is held for ${ratio("held", 0.99)} × (p99), ${ratio("held", 1)} × (longest) as long`);
  } finally {
    for (const { process: server } of peers) server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, second, third, fourth] = process.argv.slice(2);
const modeOf = (text: string | undefined): Mode => (text === "small" ? "small" : "large");
if (first === "--serve-bare") await serveBare();
else if (first === "--flood") await floodFrom(second ?? "", modeOf(third), Number(fourth));
else {
  for (const mode of first === undefined ? (["large", "small"] as const) : [modeOf(first)]) await measure(mode, Number(second ?? 20), Number(third ?? usualConnections[mode]));
}
