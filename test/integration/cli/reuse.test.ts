/** What an earlier run left is used only when it is what that run wrote: every file is checked against its hash, and made again when it is not. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run as runCommand } from "../../../cli/commands/run.ts";
import type { RunEvent } from "../../../runtime/events.ts";
import { events, start } from "./mlspec.ts";
import { csv, people, peopleSpec, project, type Project } from "./people.ts";

type Finished = Extract<RunEvent, { type: "stage-finished" }>;
type Message = Extract<RunEvent, { type: "message" }>;

interface Ran {
  readonly version: string | null;
  readonly stages: Readonly<Record<string, string>>;
  readonly warnings: string;
}

/** One run, in this process: what it registered, how each stage ended, what it warned of. */
async function run(shop: Project, until: "train" | "register" = "register"): Promise<Ran> {
  const out: string[] = [];
  const terminal = { out: (text: string) => void out.push(text), err: () => undefined, interactive: false, columns: 100, colors: pc.createColors(false), cwd: shop.folder, outliveReader: () => undefined, env: {}, now: () => new Date() };
  expect(await runCommand("people.mlspec", { options: { until, events: "ndjson" }, terminal, interruption: () => new AbortController().signal })).toBe(0);
  const told = events<RunEvent>(out.join(""));
  const registered = told.find((event) => event.type === "registered");
  return {
    version: registered?.version ?? null,
    stages: Object.fromEntries(told.filter((event): event is Finished => event.type === "stage-finished").map(({ stage, outcome }) => [stage, outcome])),
    warnings: told.filter((event): event is Message => event.type === "message" && event.level === "warning").map(({ text }) => text).join("\n"),
  };
}

let shop: Project;
let sound: Ran;
let home: string;
let trained: string;
beforeAll(async () => {
  shop = await project();
  sound = await run(shop);
  const state = join(shop.folder, ".mlspec");
  home = join(state, "datasets", readdirSync(join(state, "datasets"))[0] ?? "");
  trained = join(state, "training", readdirSync(join(state, "training"))[0] ?? "");
});
afterAll(() => shop.remove());

const inHome = (name: string): string => join(home, name);
const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
};
const edit = (path: string, from: RegExp, to: string): void => {
  const text = readFileSync(path, "utf8");
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
};
const forgetTraining = (): void => rmSync(trained, { recursive: true });

describe("a dataset", () => {
  test("that is what was written is used as it is", async () => {
    expect((await run(shop)).stages).toMatchObject({ data: "skipped", train: "skipped", evaluate: "skipped" });
  });

  test("whose train part was replaced by its test part does not train on the test part", async () => {
    cpSync(inHome("test.parquet"), inHome("train.parquet"));
    forgetTraining();
    const { version, stages, warnings } = await run(shop);
    expect(stages).toMatchObject({ data: "done", train: "done" });
    expect(warnings).toContain("train.parquet");
    expect(version).toBe(sound.version);
  });

  test.each([
    ["has a flipped bit", "test.parquet", () => flip(inHome("test.parquet"))],
    ["is cut off", "validate.parquet", () => truncateSync(inHome("validate.parquet"), 100)],
    ["lacks a part", "test.parquet", () => rmSync(inHome("test.parquet"))],
    ["has a folder in a part's place", "test.parquet", () => { rmSync(inHome("test.parquet")); cpSync(home, join(shop.folder, "copy"), { recursive: true }); renameSync(join(shop.folder, "copy"), inHome("test.parquet")); }],
    ["has a file too many", "extra.parquet", () => cpSync(inHome("test.parquet"), inHome("extra.parquet"))],
    ["has a description that is no JSON", "dataset.json", () => writeFileSync(inHome("dataset.json"), "{")],
    ["has an empty description", "dataset.json", () => writeFileSync(inHome("dataset.json"), "")],
    ["has another label in its description", "dataset.json", () => edit(inHome("dataset.json"), /"buys"/, '"boys"')],
    ["has no description", "dataset.json", () => rmSync(inHome("dataset.json"))],
  ])("that %s is made again, and says which file was wrong", async (_, file, damage) => {
    damage();
    const { version, stages, warnings } = await run(shop);
    expect(stages["data"]).toBe("done");
    expect(warnings).toContain(file);
    expect(version).toBe(sound.version);
    expect(readdirSync(home).sort()).toEqual(["dataset.json", "test.parquet", "train.parquet", "validate.parquet"]);
    expect((await run(shop)).stages["data"]).toBe("skipped");
  });

  test("that has the name of another is made again", async () => {
    const others = await project({ "people.csv": csv(people(2000)) });
    await run(others, "train");
    const folder = join(others.folder, ".mlspec", "datasets");
    rmSync(home, { recursive: true });
    cpSync(join(folder, readdirSync(folder)[0] ?? ""), home, { recursive: true });
    const { version, stages } = await run(shop);
    await others.remove();
    expect(stages["data"]).toBe("done");
    expect(version).toBe(sound.version);
  });
});

describe("a trained model", () => {
  test.each([
    ["has a flipped bit", "model.onnx", () => flip(join(trained, "model.onnx"))],
    ["has a result that is no JSON", "result.json", () => writeFileSync(join(trained, "result.json"), "{")],
    ["has other encodings in its result", "result.json", () => edit(join(trained, "result.json"), /"Rome"/, '"Oslo"')],
  ])("that %s is trained again, and says so", async (_, file, damage) => {
    damage();
    const { version, stages, warnings } = await run(shop);
    expect(stages).toMatchObject({ data: "skipped", train: "done" });
    expect(warnings).toContain(file);
    expect(version).toBe(sound.version);
  });

  test("that has the name of another is trained again", async () => {
    const others = await project({ "people.csv": csv(people(2000)) });
    await run(others, "train");
    const folder = join(others.folder, ".mlspec", "training");
    rmSync(trained, { recursive: true });
    cpSync(join(folder, readdirSync(folder)[0] ?? ""), trained, { recursive: true });
    const { version, stages } = await run(shop);
    await others.remove();
    expect(stages["train"]).toBe("done");
    expect(version).toBe(sound.version);
  });

  test("does not go on from the checkpoint of a training on other data", async () => {
    const others = await project({ "people.csv": csv(people().toReversed()), "people.mlspec": peopleSpec(["epochs: 4", "epochs: 400"]) });
    const mine = await project({ "people.csv": csv(people()), "people.mlspec": peopleSpec(["epochs: 4", "epochs: 400"]) });
    const stopped = async (shop: Project): Promise<string> => {
      const started = start(shop.folder, ["run", "people.mlspec", "--events", "ndjson"]);
      await started.event("epoch-finished");
      started.child.kill("SIGKILL");
      await started.ended;
      const training = join(shop.folder, ".mlspec", "training");
      return join(training, readdirSync(training).find((name) => !name.includes(".lock")) ?? "", "checkpoints");
    };
    const [of, into] = [await stopped(others), await stopped(mine)];
    rmSync(into, { recursive: true });
    cpSync(of, into, { recursive: true });
    const started = start(mine.folder, ["run", "people.mlspec", "--events", "ndjson", "--until", "train"]);
    const first = await started.event<{ epoch: number }>("epoch-finished");
    started.child.kill("SIGKILL");
    await started.ended;
    await Promise.all([others.remove(), mine.remove()]);
    expect(first.epoch).toBe(1);
    expect(started.lines.join("\n")).toContain("belongs to another training");
  });
});

test.each([
  ["is no JSON", (path: string) => writeFileSync(path, "[")],
  ["says that a gate passed by another figure", (path: string) => edit(path, /"value": 0\.\d+/, '"value": 0.999')],
])("a kept evaluation that %s is made again", async (_, damage) => {
  const name = readdirSync(trained).find((each) => each.startsWith("evaluation-")) ?? "";
  expect(existsSync(join(trained, name))).toBe(true);
  damage(join(trained, name));
  const { stages, version, warnings } = await run(shop);
  expect(stages["evaluate"]).toBe("done");
  expect(warnings).toContain(name);
  expect(version).toBe(sound.version);
});

describe("predictions of a kept evaluation", () => {
  const predictions = (): string => join(trained, "evaluation", "quality", "predictions.parquet");
  test.each([
    ["have a flipped bit", () => flip(predictions())],
    ["are cut off", () => truncateSync(predictions(), 100)],
    ["are gone", () => rmSync(predictions())],
    ["were replaced by the data", () => cpSync(inHome("test.parquet"), predictions())],
  ])("that %s are made again with it, and the warning names the file", async (_, damage) => {
    const written = readFileSync(predictions());
    damage();
    const { stages, version, warnings } = await run(shop);
    expect(stages).toMatchObject({ data: "skipped", train: "skipped", evaluate: "done" });
    expect(warnings).toContain(join("evaluation", "quality", "predictions.parquet"));
    expect(version).toBe(sound.version);
    expect(readFileSync(predictions()).equals(written)).toBe(true);
    expect((await run(shop)).stages["evaluate"]).toBe("skipped");
  });
});

describe("a registered version", () => {
  const registry = (): string => join(shop.folder, ".mlspec", "registry");
  const manifest = (): string => join(registry(), "models", "buyer", `${sound.version ?? ""}.json`);
  const blob = (part: "onnx" | "spec" | "preprocessing"): string => {
    const { identity } = JSON.parse(readFileSync(manifest(), "utf8")) as { identity: Record<string, { sha256: string }> };
    return join(registry(), "blobs", identity[part]?.sha256 ?? "");
  };

  test.each([
    ["whose model has a flipped bit", () => { flip(blob("onnx")); return blob("onnx"); }],
    ["whose spec is cut off", () => { truncateSync(blob("spec"), 10); return blob("spec"); }],
    ["that lacks its preprocessing", () => { const path = blob("preprocessing"); rmSync(path); return path; }],
    ["whose manifest is no JSON", () => { writeFileSync(manifest(), "{"); return manifest(); }],
  ])("%s is written again, and not called unchanged", async (_, damage) => {
    const path = damage();
    const { version, stages, warnings } = await run(shop);
    expect(stages).toMatchObject({ data: "skipped", train: "skipped", evaluate: "skipped", register: "done" });
    expect(version).toBe(sound.version);
    expect(warnings).toContain(path);
    expect(warnings).toMatch(/written again/);
    const again = await run(shop);
    expect(again).toMatchObject({ stages: { register: "skipped" }, warnings: sound.warnings });
    expect(createHash("sha256").update(readFileSync(blob("onnx"))).digest("hex")).toBe(basename(blob("onnx")));
  });
});
