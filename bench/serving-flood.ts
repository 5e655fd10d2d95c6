/**
 * How long health takes to answer while one client floods the service with requests of 10,000 shoppers each, and what memory is left afterwards; beside it
 * the same service at rest.
 *   node bench/serving-flood.ts [seconds] [connections]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { wool } from "../test/integration/serving/shop.ts";

const flood = Buffer.from(JSON.stringify({ rows: Array.from({ length: 10_000 }, (_, i) => ({ ...wool, shopper_id: `shopper ${i}` })) }));

function ask(agent: Agent, url: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": body.length };
    request(url, { agent, method: body === undefined ? "GET" : "POST", headers }, (answer) => {
      answer.resume().on("end", () => { resolve(answer.statusCode ?? 0); });
    }).on("error", reject).end(body);
  });
}

/** Milliseconds of health answers, one every 20 ms, for as long as `going`. */
async function watch(url: string, going: () => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const took: number[] = [];
  while (going()) {
    const before = performance.now();
    await ask(agent, `${url}/v2/health/live`);
    took.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  agent.destroy();
  return took.sort((a, b) => a - b);
}

const shown = (took: readonly number[]): string =>
  `${took.length} answers, p50 ${took[took.length >> 1]?.toFixed(1)} ms, p99 ${took[Math.floor(took.length * 0.99)]?.toFixed(1)} ms, longest ${took.at(-1)?.toFixed(1)} ms`;

/** The client in a process of its own: it must not be what is deaf. */
async function floodFrom(url: string, connections: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses = new Map<number, number>();
  let going = true;
  process.once("message", () => { going = false; });
  await Promise.all(Array.from({ length: connections }, async () => {
    while (going) {
      const status = await ask(agent, `${url}/predict`, flood);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }));
  process.send?.(Object.fromEntries(statuses));
  process.disconnect();
  agent.destroy();
}

async function measure(seconds: number, connections: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-flood-"));
  const program = join(import.meta.dirname, "..", "test", "integration", "serving", "flooded-process.ts");
  const server = spawn(process.execPath, ["--expose-gc", program, folder], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  try {
    const [line] = (await once(server.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
    const url = line.toString().trim();
    const memory = async (): Promise<string> => {
      server.send("how much?");
      const [{ heapUsed, external, rss }] = (await once(server, "message")) as [{ heapUsed: number; external: number; rss: number }];
      return `${((heapUsed + external) / 2 ** 20).toFixed(0)} MiB used, ${(rss / 2 ** 20).toFixed(0)} MiB resident`;
    };
    console.log(`${cpus()[0]?.model ?? "a processor"}, ${cpus().length} cores; ${connections} connections, ${(flood.length / 1e6).toFixed(1)} MB each`);
    const rest = performance.now() + 3_000;
    console.log(`at rest: ${shown(await watch(url, () => performance.now() < rest))}; ${await memory()}`);
    const client = spawn(process.execPath, [import.meta.filename, "--flood", url, String(connections)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const end = performance.now() + seconds * 1_000;
    const took = await watch(url, () => performance.now() < end);
    client.send("enough");
    const [statuses] = (await once(client, "message")) as [Record<string, number>];
    console.log(`flooded: ${shown(took)}; answers by status ${JSON.stringify(statuses)}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    console.log(`afterwards: ${await memory()}`);
  } finally {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, second, third] = process.argv.slice(2);
if (first === "--flood") await floodFrom(second ?? "", Number(third));
else await measure(Number(first ?? 20), Number(second ?? 40));
