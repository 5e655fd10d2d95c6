import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { RunEvent } from "../../../runtime/events.ts";
import { events, json, mlspec } from "./mlspec.ts";
import { csv, people, peopleSpec, project, type Project } from "./people.ts";

type Finished = Extract<RunEvent, { type: "stage-finished" }>;
const finished = (out: string): readonly (readonly [string, string])[] =>
  events<RunEvent>(out).filter((event): event is Finished => event.type === "stage-finished").map(({ stage, outcome }) => [stage, outcome] as const);

describe("a run", () => {
  let shop: Project;
  let version: string;
  beforeAll(async () => {
    shop = await project();
  });
  afterAll(() => shop.remove());
  const run = (...args: string[]) => mlspec(shop.folder, "run", "people.mlspec", ...args);

  test.each(["validate", "data", "train", "evaluate"])("--until %s does that much and registers nothing", async (until) => {
    const { code, out } = await run("--until", until, "--events", "ndjson");
    expect(code).toBe(0);
    expect(finished(out).at(-1)?.[0]).toBe(until);
    expect(await shop.versions()).toEqual([]);
  });

  test("to the end registers a version, says which, and what to do next", async () => {
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    [version = ""] = await shop.versions();
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(out).toMatch(/^= data +3,000 examples: 2,\d{3} train, \d+ validate, \d+ test; label mean 0\.\d+ \(unchanged\)$/m);
    expect(out).toMatch(/^= train +4 epochs, the best was \d with loss 0\.\d+; CPU, .+ examples\/s \(unchanged\)$/m);
    expect(out).toContain(`buyer ${version} is registered. Next: \`mlspec serve people.mlspec\` answers with it.`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("again: every stage is found, and says so", async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    for (const stage of ["data", "train", "evaluate", "register"]) expect(out).toMatch(new RegExp(`^= ${stage} .*\\(unchanged\\)$`, "m"));
    expect(out).toContain(`buyer ${version} was registered before`);
    expect(await shop.versions()).toEqual([version]);
  });

  test("after a change of a comment, of white space or of documentation: nothing is computed, nothing is registered", async () => {
    await shop.write("people.mlspec", `// A remark.\n\n${peopleSpec(["/// People, and whether they bought.", "/// All people."], ["  split:", "\n\n    split:"])}`);
    expect(finished((await run("--events", "ndjson")).out)).toEqual([["validate", "done"], ["data", "skipped"], ["train", "skipped"], ["evaluate", "skipped"], ["register", "skipped"]]);
    expect(await shop.versions()).toEqual([version]);
  });

  test("after a change of a hyper-parameter: the data stay, the model is trained anew", async () => {
    await shop.write("people.mlspec", peopleSpec(["rate: 0.01", "rate: 0.02"]));
    expect(finished((await run("--events", "ndjson")).out)).toEqual([["validate", "done"], ["data", "skipped"], ["train", "done"], ["evaluate", "done"], ["register", "done"]]);
    expect(await shop.versions()).toHaveLength(2);
  });

  test("after a change of the data: all of it", async () => {
    await shop.write("people.mlspec", peopleSpec());
    await shop.write("people.csv", csv(people(3001)));
    expect(finished((await run("--events", "ndjson")).out).map(([, outcome]) => outcome)).toEqual(["done", "done", "done", "done", "done"]);
    expect(await shop.versions()).toHaveLength(3);
  });

  test("--fresh computes what is there, and finds the same version", async () => {
    const before = await shop.versions();
    expect(finished((await run("--fresh", "--events", "ndjson")).out)).toEqual([["validate", "done"], ["data", "done"], ["train", "done"], ["evaluate", "done"], ["register", "skipped"]]);
    expect(await shop.versions()).toEqual(before);
  });

  test("status shows the versions and the runs", async () => {
    const status = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(status.models[0]?.versions).toHaveLength(3);
    expect(status.models[0]?.versions[0]).toMatchObject({ live: false, problem: null, gates: { passed: 1, failed: 0 }, metrics: { auc: expect.any(Number) as number } });
    expect(status.runs.every(({ outcome }) => outcome === "done")).toBe(true);
    const { out } = await mlspec(shop.folder, "status", "people.mlspec");
    for (const { version: each } of status.models[0]!.versions) expect(out).toContain(each);
  });

  test("tells everything that happens as events, in order, and keeps them with the run", async () => {
    const { out } = await run("--fresh", "--events", "ndjson");
    const told = events<RunEvent>(out);
    expect(told[0]?.type).toBe("run-started");
    expect(told.at(-1)).toMatchObject({ type: "run-finished", outcome: "done", error: null });
    const order = told.filter(({ type }) => type === "stage-started" || type === "stage-finished").map((event) => ("stage" in event ? `${event.type} ${event.stage}` : ""));
    expect(order).toEqual(["validate", "data", "train", "evaluate", "register"].flatMap((stage) => [`stage-started ${stage}`, `stage-finished ${stage}`]));
    const within = (type: RunEvent["type"], stage: string): boolean => {
      const at = told.findIndex((event) => event.type === type);
      return at > told.findIndex((event) => event.type === "stage-started" && event.stage === stage) && at < told.findIndex((event) => event.type === "stage-finished" && event.stage === stage);
    };
    expect([within("contract-checked", "data"), within("epoch-finished", "train"), within("evaluated", "evaluate"), within("registered", "register")]).toEqual([true, true, true, true]);
    const { run: id } = told[0] as Extract<RunEvent, { type: "run-started" }>;
    expect(await readFile(join(shop.folder, ".mlspec", "runs", `${id}.ndjson`), "utf8")).toBe(out);
  });

  test("--json tells the outcome and the events as one object", async () => {
    const { code, out } = await run("--json");
    expect(code).toBe(0);
    const told = JSON.parse(out) as { outcomes: object[]; events: RunEvent[] };
    expect(told.outcomes).toEqual([{ model: "buyer", run: expect.any(String) as string, version: expect.any(String) as string, fresh: false }]);
    expect(told.events.at(-1)).toMatchObject({ type: "run-finished", outcome: "done" });
  });
});

describe("what a version's name depends on", () => {
  test("not on the folder, nor on the order in which models are run: the same spec and data give the same version", async () => {
    const two = peopleSpec(["evaluation quality", "model plain {\n  predict: buys from history\n  network: [dense(4, tanh)]\n  train { optimizer: adam(rate: 0.03), epochs: 4, batch: 32 }\n  fallback none = 0.5\n}\nevaluation plainly of plain { require auc >= 0.55 }\n\nevaluation quality"]);
    const [here, there] = [await project({ "people.mlspec": two }), await project({ "people.mlspec": two })];
    try {
      expect((await mlspec(here.folder, "run", "people.mlspec")).code).toBe(0);
      expect((await mlspec(there.folder, "run", "people.mlspec", "--model", "buyer")).code).toBe(0);
      expect(await here.versions()).toEqual(await there.versions());
      const status = await json<StatusReport>(there.folder, "status", "people.mlspec", "--json");
      expect(status.models.map(({ name, versions }) => [name, versions.length])).toEqual([["buyer", 1], ["plain", 0]]);
    } finally {
      await Promise.all([here.remove(), there.remove()]);
    }
  });
});

describe("a run that ends with no", () => {
  let shop: Project;
  beforeAll(async () => {
    shop = await project();
  });
  afterAll(() => shop.remove());
  const run = (...args: string[]) => mlspec(shop.folder, "run", "people.mlspec", ...args);

  test("contract: exit 1, a table of the clauses, and nothing is trained", async () => {
    await shop.write("people.mlspec", peopleSpec(["age in 0..120", "age in 0..60"]));
    const { code, out, err } = await run();
    expect(code).toBe(1);
    expect(out).toContain("contract of people is broken:");
    expect(out).toMatch(/✗ +age in 0\.\.60 +.*\d+.* +people\.mlspec:7/);
    expect(out).toMatch(/✓ +rows >= 100/);
    expect(err).toContain("error[contract-failed]");
    expect(out).not.toContain("epoch");
  });

  test("gate: exit 1, by how much, and nothing is registered", async () => {
    await shop.write("people.mlspec", peopleSpec(["auc >= 0.6", "auc >= 0.99"]));
    const { code, out, err } = await run();
    expect(code).toBe(1);
    expect(out).toMatch(/✗ +auc >= 0\.99 +0\.8\d{3} +>= 0\.9900 +−0\.1\d{3} +people\.mlspec:36$/m);
    expect(out).toMatch(/^✗ evaluate +\d+ rows, 0 gates passed, 1 failed/m);
    expect(err).toContain("error[gate-failed]: buyer was not registered");
    expect(err).toContain("at people.mlspec:36");
    expect(await shop.versions()).toEqual([]);
    const { runs } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(runs[0]).toMatchObject({ outcome: "failed", error: expect.stringContaining("auc >= 0.99") as string });
  });

  test("the same as an event, for a program", async () => {
    const { code, out } = await run("--events", "ndjson");
    expect(code).toBe(1);
    expect(events<RunEvent>(out).at(-1)).toMatchObject({ type: "run-finished", outcome: "failed", error: { code: "gate-failed", hint: expect.any(String) as string } });
  });

  test("errors in the spec: exit 1, and no state folder is made for it", async () => {
    const other = await project({ "people.mlspec": peopleSpec(["predict: buys", "predict: buis"]) });
    const { code, err } = await mlspec(other.folder, "run", "people.mlspec");
    expect(code).toBe(1);
    expect(err).toContain("did you mean `buys`?");
    expect(err).toContain("nothing was run");
    expect(await other.versions()).toEqual([]);
    await other.remove();
  });

  test("--model of a name that is not there: exit 2 and the nearest one", async () => {
    const { code, err } = await run("--model", "byer");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean buyer?");
  });
});
