/**
 * Requests per second of a service against a bare Node HTTP server on the same machine, in one run, turn and turn about.
 * The bare server reads the body and answers a constant; the service does everything: checks, entity features from LMDB,
 * the model in ONNX Runtime, metrics, and every prediction in the log before the answer.
 *   node bench/serving.ts [seconds per round] [rounds]
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import { openShop, wool } from "../test/integration/serving/shop.ts";

const body = JSON.stringify(wool);
const connections = 64;

type Peer = "bare" | "service";

async function servePeer(peer: Peer): Promise<void> {
  if (peer === "bare") {
    const answer = JSON.stringify({ model: "ranker", id: "x", prediction: 0.33, version: "0123456789ab", arm: "live", fallback: null });
    const server = createServer((request, response) => {
      request.on("data", () => undefined).on("end", () => { response.writeHead(200, { "content-type": "application/json" }).end(answer); });
    });
    server.listen(0, "127.0.0.1", () => { console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); });
    return;
  }
  const shop = await openShop({ service: { log: { flushMs: 1_000, hashPii: true, retainMs: null } } });
  const { url } = await shop.serve([await shop.register(0.1)]);
  console.log(url);
  process.on("SIGTERM", () => { void shop.close().then(() => process.exit(0)); });
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(peer: Peer): Promise<Started> {
  const child = spawn(process.execPath, [import.meta.filename, "--serve", peer], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

/** Microseconds of processor time that the server's process has used so far, all threads. */
async function processorTime({ child }: Started): Promise<number> {
  child.send("how long?");
  const [microseconds] = (await once(child, "message")) as [number];
  return microseconds;
}

async function measure({ url }: Started, seconds: number): Promise<autocannon.Result> {
  return await autocannon({ url: `${url}/predict`, method: "POST", body, headers: { "content-type": "application/json" }, connections, duration: seconds });
}

async function compare(seconds: number, rounds: number): Promise<void> {
  const peers = { bare: await start("bare"), service: await start("service") };
  const most: Record<Peer, number> = { bare: 0, service: 0 };
  const least: Record<Peer, number> = { bare: Infinity, service: Infinity };
  try {
    for (const peer of ["bare", "service"] as const) await measure(peers[peer], 3); // warm
    for (let round = 1; round <= rounds; round++) {
      for (const peer of ["bare", "service"] as const) {
        const before = await processorTime(peers[peer]);
        const result = await measure(peers[peer], seconds);
        if (result.non2xx > 0 || result.errors > 0) throw new Error(`${peer}: ${result.non2xx} answers were not 200, ${result.errors} errors`);
        const each = ((await processorTime(peers[peer])) - before) / result.requests.total;
        most[peer] = Math.max(most[peer], result.requests.average);
        least[peer] = Math.min(least[peer], each);
        console.log(`${peer.padEnd(8)} ${result.requests.average.toFixed(0).padStart(7)} requests/s   p50 ${result.latency.p50} ms   p99 ${result.latency.p99} ms   ${each.toFixed(0)} µs of processor time each`);
      }
    }
  } finally {
    for (const { child } of Object.values(peers)) child.kill();
  }
  console.log(`ratio: a service answers ${(most.service / most.bare).toFixed(2)} × as many requests per second as a bare Node HTTP server, and takes ${(least.service / least.bare).toFixed(2)} × the processor time (${connections} connections, best of ${rounds})`);
}

const [first, second] = process.argv.slice(2);
if (first === "--serve") {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  await servePeer(second === "bare" ? "bare" : "service");
} else await compare(Number(first ?? 5), Number(second ?? 3));
