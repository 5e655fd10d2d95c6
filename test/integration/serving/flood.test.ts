import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noObserver, type Router } from "../../../runtime/serving/routing.ts";
import { longestPieceMs } from "../../../runtime/serving/turns.ts";
import { openShop, wool } from "./shop.ts";

/** 10,000 rows of as many shoppers: 1.2 MB. */
const flood = Buffer.from(JSON.stringify({ rows: Array.from({ length: 10_000 }, (_, i) => ({ ...wool, shopper_id: `shopper ${i}` })) }));
const connections = 24;

let folder: string;
let server: ChildProcess;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mlspec-flood-"));
  server = spawn(process.execPath, ["--expose-gc", join(import.meta.dirname, "flooded-process.ts"), folder], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [line] = (await once(server.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  url = line.toString().trim();
}, 120_000);
afterAll(async () => {
  server.kill("SIGKILL");
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Bodies are let go of unread: the client must not be what is deaf. */
function ask(agent: Agent, path: string, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { agent, method: body === undefined ? "GET" : "POST", headers: body === undefined ? {} : { "content-type": "application/json", "content-length": body.length } }, (answer) => {
      answer.resume();
      answer.on("end", () => { resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] }); });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function memory(): Promise<{ readonly heapUsed: number; readonly external: number; readonly rss: number }> {
  server.send("how much?");
  const [used] = (await once(server, "message")) as [{ heapUsed: number; external: number; rss: number }];
  return used;
}

describe("a flood of requests with 10,000 shoppers each", () => {
  it("does not deafen the server: health is answered between them, and what is too much is turned away with a time to come back", async () => {
    const flooding = new Agent({ keepAlive: true, maxSockets: connections });
    const watching = new Agent({ keepAlive: true });
    let going = true;
    let answered = 0;
    const answers: Answer[] = [];
    const clients = Array.from({ length: connections }, async () => {
      while (going) {
        const answer = await ask(flooding, "/predict", flood);
        answers.push(answer);
        if (answer.status === 200) answered++;
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    const between: number[] = [];
    // As long as it takes until the flood was really answered, so that "between" means something.
    while (answered < 6) {
      const before = answered;
      expect((await ask(watching, "/v2/health/live")).status).toBe(200);
      between.push(answered - before);
    }
    going = false;
    await Promise.all(clients);
    flooding.destroy();
    watching.destroy();
    expect(Math.max(...between)).toBeLessThanOrEqual(2);
    expect(between.length).toBeGreaterThan(20);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter(({ status, retryAfter }) => status !== 429 || !(Number(retryAfter) >= 1))).toEqual([]);
  }, 300_000);

  it("gives its memory back, and never held more than what may be under way", async () => {
    let left = await memory();
    // What was under way when the flood ended is answered first.
    for (let tries = 0; tries < 40 && left.heapUsed + left.external > 96 * 2 ** 20; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      left = await memory();
    }
    expect((left.heapUsed + left.external) / 2 ** 20).toBeLessThan(96);
    expect(left.rss / 2 ** 20).toBeLessThan(640);
    const inFlight = await new Promise<string>((resolve, reject) => {
      request(`${url}/metrics`, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => { text += piece; }).on("end", () => { resolve(text); });
      }).on("error", reject).end();
    });
    expect(inFlight.match(/mlspec_in_flight\{what="(?:rows|bytes)"[^}]*\} (\d+)/g)?.map((line) => Number(line.split(" ").at(-1)))).toEqual([0, 0]);
  }, 60_000);
});

describe("many small requests at once", () => {
  /** Holds the loop for longer than one piece of work may. */
  const hold = (): void => {
    const until = performance.now() + longestPieceMs + 1;
    while (performance.now() < until);
  };

  it("are worked on in one round of the event loop after the other, not all in the one in which they came", async () => {
    const shop = await openShop();
    const count = 12;
    const connected: Socket[] = [];
    let round = 0;
    let counting = setImmediate(function next() {
      round++;
      counting = setImmediate(next);
    });
    try {
      const begun: number[] = [];
      const ended: number[] = [];
      const version = await shop.register(0.1);
      const exposure = { rollout: "release-1", stage: 0, arm: "control" } as const;
      const router: Router = { unit: () => null, route: () => { begun.push(round); hold(); return { serve: version, shadow: null, exposure, shadowExposure: null }; } };
      const { url: at } = await shop.serve([version], { router, observer: { ...noObserver, observe: () => { ended.push(round); hold(); } } });
      const { hostname, port } = new URL(at);
      for (let i = 0; i < count; i++) {
        const socket = connect(Number(port), hostname);
        await once(socket, "connect");
        connected.push(socket);
      }
      const body = JSON.stringify(wool);
      const answers = connected.map((socket) => once(socket, "data"));
      for (const socket of connected) socket.write(`POST /predict HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      expect((await Promise.all(answers)).map(([answer]) => /^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1])).toEqual(new Array(count).fill("200"));
      expect(new Set(begun).size).toBe(count);
      expect(new Set(ended).size).toBe(count);
    } finally {
      clearImmediate(counting);
      for (const socket of connected) socket.destroy();
      await shop.close();
    }
  });
});
