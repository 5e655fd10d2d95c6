/** The bundle started by a Node that is too old: it starts itself again with one that is not, or says what is needed. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const out = join(root, "dist", `old-node-${process.pid}`);
const program = join(out, "cli", "main.mjs");
const folder = mkdtempSync(join(tmpdir(), "old-node-"));

beforeAll(() => void execFileSync(process.execPath, [join(root, "esbuild.mjs"), "--out", out], { cwd: root }));
afterAll(() => {
  rmSync(out, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

const versionOf = (node: string): string => execFileSync(node, ["--version"], { encoding: "utf8" }).trim();

/** A real one on the PATH, if there is one besides the project's. */
const old = (process.env["PATH"] ?? "").split(delimiter).map((each) => join(each, "node")).filter((node) => existsSync(node)).find((node) => /^v(1\d|20|21)\./.test(versionOf(node)));
if (old === undefined) console.log("No Node older than 22 on the PATH: only a pretended one is tested.");

/** This Node, saying that it is an old one; what it starts does not say so. */
const pretended = join(folder, "pretend.mjs");
writeFileSync(pretended, `Object.defineProperty(process.versions, "node", { value: "20.1.0" });\nObject.defineProperty(process, "version", { value: "v20.1.0" });\n`);

const nodes: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["one that says it is 20.1", [process.execPath, "--import", pretended]],
  ...(old === undefined ? [] : [[`the real ${versionOf(old)}`, [old]] as const]),
];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function start(command: readonly string[], args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { MLSPEC_NODE: _node, ...rest } = process.env;
  const [node = "", ...options] = command;
  const child = spawn(node, [...options, program, ...args], { cwd: folder, env: { ...rest, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  child.stderr.setEncoding("utf8").on("data", (more: string) => (err += more));
  const ended = once(child, "close").then(([code, signal]): Ended => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, out: text, err }));
  return { child, ended, said: () => text + err };
}

const spec = `entity shopper { key: id }\n`;

describe.each(nodes)("%s", (_name, command) => {
  test("runs what needs a newer one, with output and exit code", async () => {
    writeFileSync(join(folder, "shop.mlspec"), spec);
    const { code, out: text, err } = await start(command, ["status", "shop.mlspec", "--json"]).ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(text)).toMatchObject({ models: [] });
  });

  test("an answer of no is 1, a mistake in the call is 2", async () => {
    writeFileSync(join(folder, "wrong.mlspec"), "entity shopper { }\n");
    expect(await start(command, ["validate", "wrong.mlspec"]).ended).toMatchObject({ code: 1, out: expect.stringContaining("missing-property") as string });
    expect((await start(command, ["nonsense"]).ended).code).toBe(2);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s reaches the one that works, once", async (signal) => {
    writeFileSync(join(folder, "shop.mlspec"), spec);
    const { child, ended, said } = start(command, ["validate", "--watch", "shop.mlspec"]);
    while (!said().includes("1 file") && child.exitCode === null) await sleep(20);
    child.kill(signal);
    const direct = start([process.execPath], ["validate", "--watch", "shop.mlspec"]);
    while (!direct.said().includes("1 file") && direct.child.exitCode === null) await sleep(20);
    direct.child.kill(signal);
    const { code, signal: by } = await direct.ended;
    expect(await ended).toMatchObject({ code, signal: by });
  });

  test("when its starter is killed, the one that works ends too", async () => {
    const { child, said } = start(command, ["validate", "--watch", "shop.mlspec"]);
    while (!said().includes("1 file") && child.exitCode === null) await sleep(20);
    child.kill("SIGKILL");
    // The pipes close only when nobody holds them any more.
    await once(child, "close");
  });

  test("MLSPEC_NODE that is not there: exit 2, what is needed", async () => {
    const { code, err } = await start(command, ["status", "shop.mlspec"], { MLSPEC_NODE: join(folder, "no-node") }).ended;
    expect(code).toBe(2);
    expect(err).toMatch(/error\[node-too-old\]: MLSpec needs Node 22\.13 or later, and this is 20\.\d+\.\d+/);
    expect(err).toContain("no-node");
  });
});

test.skipIf(old === undefined)("MLSPEC_NODE that is too old itself: exit 2, and no end of restarts", async () => {
  const { code, err } = await start([old ?? ""], ["status", "shop.mlspec"], { MLSPEC_NODE: old ?? "" }).ended;
  expect(code).toBe(2);
  expect(err).toContain("MLSPEC_NODE");
});
