/**
 * The main job on the yarn shop, as a new user would do it by hand: run the pipeline, serve, roll out under traffic.
 * Everything goes through `mlspec`; this file only plays the shoppers and the person who approves.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { RunEvent } from "../../runtime/events.ts";
import type { StatusReport } from "../../cli/status-report.ts";
import type { ServeEvent } from "../../runtime/service/events.ts";
import type { ServiceStatus } from "../../runtime/rollout/status.ts";
import { count, duration, metric, percent } from "../../cli/draw/numbers.ts";
import { emptyTally, goShopping, type Tally } from "./shop/shoppers.ts";
import { makeData, shop, shopWorld } from "./shop/make-data.ts";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const spec = join(here, "yarnit.mlspec");
const mlspec = join(root, "dist", "cli", "main.mjs");
const APPROVER = "lead@yarnit.example";
/** Two hours of the shop pass in a second. */
const TIME_SCALE = 7200;
/** If a rollout has not ended by then, something is wrong, and what it waits for is told. */
const LONGEST_MS = 150_000;

const verbs: Readonly<Record<string, string>> = { "begin-stage": "began", complete: "completed", "roll-back": "rolled back" };

const began = performance.now();
const heading = (text: string): void => void process.stdout.write(`\n── ${text}\n`);

heading("The yarn shop's data");
process.stdout.write((await makeData(here)) ? `${shop.days} days of impressions and purchases written to examples/yarnit/data\n` : "there already, in examples/yarnit/data\n");

heading("mlspec run examples/yarnit/yarnit.mlspec");
await must(["run", spec]);
const trained = performance.now();

const status = await json<StatusReport>(["status", spec, "--json"]);
const version = status.models[0]!.versions[0]!;
if (status.services[0]!.live !== null) {
  heading("mlspec rollout abort: an earlier quickstart left a version live; the fallback answers again");
  await quiet(["rollout", "abort", spec, "--by", APPROVER, "--reason", "the quickstart begins anew"]);
}

heading(`mlspec serve --time-scale ${TIME_SCALE}, then mlspec rollout start`);
const server = await serve();
await quiet(["rollout", "start", spec, "--version", version.version, "--by", APPROVER]);
const tally = emptyTally();
const rolledOut = await rollOut(tally).finally(() => stop(server.process));
await summary(tally, rolledOut);
process.exit(rolledOut.rollout?.state === "completed" ? 0 : 1);

async function must(args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(process.execPath, ["--disable-warning=ExperimentalWarning", mlspec, ...args], { stdio: "inherit" }), "close")) as [number];
  if (code !== 0) process.exit(code);
}

/** Runs a command whose output matters only when it fails. */
async function quiet(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", mlspec, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, "close")) as [number];
  const text = Buffer.concat(chunks).toString("utf8");
  if (code === 0) return text;
  process.stdout.write(text);
  process.exit(code);
}

async function json<T>(args: readonly string[]): Promise<T> {
  return JSON.parse(await quiet(args)) as T;
}

async function serve(): Promise<{ readonly url: string; readonly token: string; readonly process: ChildProcess }> {
  const args = ["serve", spec, "--port", "0", "--time-scale", String(TIME_SCALE), "--events", "ndjson"];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", mlspec, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const { url, tokenFile } = await new Promise<Extract<ServeEvent, { type: "listening" }>>((resolve, reject) => {
    child.on("close", (code) => reject(new Error(`mlspec serve ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = JSON.parse(line) as ServeEvent;
      if (event.type === "listening") resolve(event);
      if (event.type === "rollout-moved") process.stdout.write(`${clearLine()}  ${event.stage ?? event.state}: ${event.reason}\n`);
    });
  });
  process.stdout.write(`listening on ${url}; the fallback answers until a version has proved itself\n`);
  const token = tokenFile === null ? (process.env["MLSPEC_TOKEN"] ?? "") : (await readFile(tokenFile, "utf8")).trim();
  return { url, token, process: child };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}

/** Shoppers come until the rollout has ended; whoever is asked for an approval gives it. */
async function rollOut(tally: Tally): Promise<ServiceStatus> {
  const done = new AbortController();
  const shopping = goShopping({
    world: shopWorld(), url: server.url, token: server.token, seed: 7, perDay: 20_000, timeScale: TIME_SCALE, from: shop.end, candidates: 4, concurrency: 32, signal: done.signal,
  }, tally);
  const limit = performance.now() + LONGEST_MS;
  try {
    for (;;) {
      const status = await json<ServiceStatus>(["rollout", "status", spec, "--json"]);
      const { rollout } = status;
      if (rollout === null) throw new Error("the rollout was not started");
      if (rollout.endedAt !== null || performance.now() > limit) return status;
      if (rollout.waiting?.for === "approval") {
        process.stdout.write(`${clearLine()}  ${rollout.waiting.text}: ${APPROVER} approves\n`);
        await quiet(["rollout", "approve", spec, "--by", APPROVER]);
      }
      const stage = rollout.stages[rollout.stage];
      if (process.stdout.isTTY && stage) process.stdout.write(`${clearLine()}  ${stage.name}: ${duration(rollout.heldMs)} of ${duration(stage.holdMs)}, ${count(tally.visits)} visits`);
    }
  } finally {
    done.abort();
    await shopping;
  }
}

function clearLine(): string {
  return process.stdout.isTTY ? "\r\u001b[K" : "";
}

/** What the run that came last told: how long it trained, how the gates stood. */
async function lastRun({ state, runs }: StatusReport): Promise<readonly RunEvent[]> {
  const text = await readFile(join(state, "runs", `${runs[0]!.run}.ndjson`), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line) as RunEvent);
}

function training(events: readonly RunEvent[]): string {
  const stage = events.find((event) => event.type === "stage-finished" && event.stage === "train");
  if (stage?.type !== "stage-finished") return "none";
  const { epochs, best, device } = stage.summary;
  const what = `${epochs} epochs on the ${String(device).toUpperCase()}, the best was ${best}`;
  return stage.outcome === "skipped" ? `unchanged since an earlier run (${what})` : `${stage.seconds.toFixed(1)} s, ${what}`;
}

/** Gates on the whole, each with its room; those of slices are counted. */
function gates(events: readonly RunEvent[]): readonly string[] {
  const all = events.flatMap((event) => (event.type === "evaluated" ? event.gates : []));
  const whole = all.filter(({ slice, outcome }) => slice === null && outcome !== "skipped");
  const slices = all.filter(({ slice }) => slice !== null);
  return [
    ...whole.map(({ text, value, outcome }) => `${outcome}: ${text}, and it is ${metric(value)}`),
    `${slices.filter(({ outcome }) => outcome === "passed").length} of ${slices.length} gates of slices passed`,
  ];
}

async function summary(tally: Tally, { rollout, live }: ServiceStatus): Promise<void> {
  heading("What happened");
  const events = await lastRun(status);
  const sorted = [...tally.latencies].sort((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)} ms`;
  const rate = (who: string): string => {
    const of = tally.answeredBy.get(who);
    return of === undefined ? "none" : `${percent(of.purchases / of.visits)} of ${count(of.visits)} visits`;
  };
  const rows: readonly (readonly [string, ...string[]])[] = [
    ["data", `${shop.days} days, ${count(shop.days * shop.perDay)} impressions`],
    ["training", training(events)],
    ["model", `ranker ${version.version}`],
    ["gates", ...gates(events)],
    ["served", `${count(tally.visits)} visits, ${tally.failures} failed, median ${at(0.5)}, 99% under ${at(0.99)}`],
    ["bought", `with the fallback ${rate("fallback")}, with the model ${rate(version.version)}`],
    ["rollout", rollout === null ? "none" : `${rollout.state}; ${live ?? "the fallback"} answers`, ...(rollout?.history ?? []).map((each) => `${rollout?.stages[each.stage]?.name ?? ""} ${verbs[each.kind] ?? each.kind}: ${each.reason}`)],
    ["kept", `${relative(root, join(here, ".mlspec"))}: registry, runs, prediction log, state`],
    ["in all", `${((performance.now() - began) / 1000).toFixed(0)} s, ${((trained - began) / 1000).toFixed(0)} s of it for data and pipeline`],
  ];
  const width = Math.max(60, (process.stdout.columns ?? 120) - 14);
  for (const [name, ...texts] of rows) process.stdout.write(texts.flatMap((text) => wrap(text, width)).map((line, i) => `  ${(i === 0 ? name : "").padEnd(10)}${line}\n`).join(""));
  if (rollout?.waiting) process.stdout.write(`\nThe rollout did not end: it waits for ${rollout.waiting.text}\n`);
  process.stdout.write(`\nNext: npm run -s mlspec -- status ${relative(process.env["INIT_CWD"] ?? process.cwd(), spec)}\n`);
}

/** Breaks at spaces; continuation lines are indented. */
function wrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const cut = text.lastIndexOf(" ", width);
  if (cut <= 2) return [text];
  return [text.slice(0, cut), ...wrap(`  ${text.slice(cut + 1)}`, width)];
}
