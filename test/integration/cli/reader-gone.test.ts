/** Whoever read the output may go away; what was begun goes on. Only commands that merely print end with their reader. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import { json, mlspec } from "./mlspec.ts";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { predict } from "./traffic.ts";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

let shop: Project;
beforeAll(async () => { shop = await project({ "people.mlspec": peopleSpec(["flush: 1s", "flush: 10m"]) + rolloutOfPeople }); });
afterAll(() => shop.remove());

interface Gone {
  readonly first: string;
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<number | null>;
}

/** Starts it, reads until a line of output holds `until`, and goes away. */
async function readAndLeave(until: string, streams: "stdout" | "both", ...args: string[]): Promise<Gone> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { cwd: shop.folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close").then(([code]) => code as number | null);
  let first = "";
  child.stderr.on("data", () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (text: Buffer) => {
      first += text.toString("utf8");
      if (first.includes(until)) resolve();
    });
    void ended.then((code) => reject(new Error(`ended with ${code} before that:\n${first}`)));
  });
  child.stdout.destroy();
  if (streams === "both") child.stderr.destroy();
  return { first, child, ended };
}

describe.each(["stdout", "both"] as const)("the reader of %s goes away", (streams) => {
  test("`run` goes on and finishes its run", async () => {
    const { ended } = await readAndLeave("run-started", streams, "run", "people.mlspec", "--fresh", "--events", "ndjson");
    expect(await ended).toBe(0);
    const { runs, models } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(runs[0]).toMatchObject({ outcome: "done", error: null });
    expect(models[0]?.versions).toHaveLength(1);
  });

  test("`serve` goes on answering, and drains when it is told to end", async () => {
    const { first, child, ended } = await readAndLeave("listening", streams, "serve", "people.mlspec", "--port", "0", "--events", "ndjson");
    const { url } = JSON.parse(first.split("\n").find((line) => line.includes("listening")) ?? "") as { url: string };
    expect(await predict(url)).toHaveLength(40);
    // Something to say that nobody hears: the rest of the output goes nowhere, and every answer is still given.
    expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec")).err).toBe("");
    const status = () => json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
    while ((await status()).rollout?.stage !== 0) await predict(url);
    for (let i = 0; i < 5; i++) expect(await predict(url)).toHaveLength(40);
    expect((await mlspec(shop.folder, "rollout", "abort", "people.mlspec")).code).toBe(0);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    const { services } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(services[0]?.process).toBeNull();
  });
});

test("what only prints ends at once, without an error", async () => {
  const { ended } = await readAndLeave("{", "stdout", "compile", "--schema");
  expect(await ended).toBe(0);
});

test("the journal of a run without a reader is whole", async () => {
  const { runs } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
  const lines = readFileSync(join(shop.folder, ".mlspec", "runs", `${runs[0]?.run ?? ""}.ndjson`), "utf8").trimEnd().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ type: "run-finished", outcome: "done" });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
});
