/** Commands that only look: compile, lineage, explain, doctor, status. */
import { Ajv } from "ajv";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import { json, mlspec } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
  await shop.write("broken.mlspec", peopleSpec(["predict: buys", "predict: buis"]));
});
afterAll(() => shop.remove());
const run = (...args: string[]) => mlspec(shop.folder, ...args);

describe("compile", () => {
  test("gives what its own schema describes", async () => {
    const schema = await json<object>(shop.folder, "compile", "--schema");
    const valid = new Ajv({ strict: false, allErrors: true }).compile(schema);
    const compiled = await json<{ models: unknown[] }>(shop.folder, "compile", "people.mlspec");
    expect(valid(compiled), JSON.stringify(valid.errors)).toBe(true);
    expect(compiled.models).toHaveLength(1);
    expect(valid({ ...compiled, models: "none" })).toBe(false);
  });

  test("of a spec with errors: exit 1, nothing on standard output", async () => {
    const { code, out, err } = await run("compile", "broken.mlspec");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("broken.mlspec:22:");
    expect(err).toContain("error[spec-invalid]");
  });

  test("of nothing: exit 2 with what to type", async () => {
    const { code, err } = await run("compile");
    expect(code).toBe(2);
    expect(err).toContain("mlspec compile shop.mlspec");
  });
});

describe("lineage", () => {
  test("of a column: what it comes from and everything that it reaches", async () => {
    const { code, out } = await run("lineage", "people.mlspec", "people.age");
    expect(code).toBe(0);
    expect(out).toMatch(/^column people\.age: int\n {2}comes from\n {4}source people\n {2}is used by\n/);
    for (const reached of ["model-input buyer.age", "model buyer", "service answer"]) expect(out).toContain(reached);
    expect(out).not.toContain("people.city");
  });

  test("up and down are halves of both", async () => {
    const nodes = async (direction: string) => (await json<{ nodes: { id: string }[] }>(shop.folder, "lineage", "people.mlspec", "history.age", "--format", "json", "--direction", direction)).nodes.map(({ id }) => id);
    const [up, down, both] = [await nodes("up"), await nodes("down"), await nodes("both")];
    expect(new Set([...up, ...down])).toEqual(new Set(both));
    expect(up.some((id) => id.includes("people"))).toBe(true);
    expect(down.some((id) => id.includes("answer"))).toBe(true);
    expect(up.filter((id) => down.includes(id))).toHaveLength(1);
  });

  test("json: every edge joins nodes that are there, and every node has its place", async () => {
    const graph = await json<{ files: string[]; nodes: { id: string; origin: { file: number } }[]; edges: { from: string; to: string }[] }>(shop.folder, "lineage", "people.mlspec", "--format", "json");
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(ids.size).toBe(graph.nodes.length);
    for (const { from, to } of graph.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
    for (const { origin } of graph.nodes) expect(graph.files[origin.file]).toContain("people.mlspec");
  });

  test("mermaid: a flowchart", async () => {
    const { out } = await run("lineage", "people.mlspec", "answer", "--format", "mermaid");
    expect(out).toMatch(/^flowchart LR\n {2}n0\["/);
    expect(out).toMatch(/\n {2}n\d+ --> n\d+\n/);
  });

  test("of a name that is not there: exit 2 and the nearest one", async () => {
    const { code, err } = await run("lineage", "people.mlspec", "people.agee");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean people.age?");
  });
});

describe("explain", () => {
  test("lists the checks, and tells each one's why and how", async () => {
    const { out } = await run("explain");
    for (const each of ["leakage-through-time", "no-effect", "shares-missed", "gate-failed"]) expect(out).toMatch(new RegExp(`^ *${each}`, "m"));
    const all = await json<readonly { readonly id: string; readonly group: string }[]>(shop.folder, "explain", "--json");
    expect(new Set(all.map(({ group }) => group))).toEqual(new Set(["check", "problem of a spec", "warning of a run", "error"]));
    const { code, out: told } = await run("explain", "leakage-through-time");
    expect(code).toBe(0);
    expect(told).toContain("leakage-through-time");
    expect(told.length).toBeGreaterThan(500);
    expect(await json(shop.folder, "explain", "no-fallback", "--json")).toMatchObject({ id: "no-fallback", severity: expect.any(String) as string });
  });

  test("tells what an error's code means, and how a command exits with it", async () => {
    expect((await run("explain", "state-missing")).out).toMatch(/^state-missing: .+\.\nA command that fails with it exits with 2\.\n$/);
    expect((await run("explain", "no-effect")).out).toMatch(/^no-effect: .+\.\nIt is a problem of a spec's text: /);
    expect(await json(shop.folder, "explain", "duplicate-clause", "--json")).toMatchObject({ id: "duplicate-clause", explanation: expect.stringContaining("twice") as string });
    expect(await json(shop.folder, "explain", "contract-failed", "--json")).toMatchObject({ id: "contract-failed", exit: 1 });
  });

  test("of a check that is not there: exit 2 and the nearest one", async () => {
    const { code, err } = await run("explain", "leakage-trough-time");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean leakage-through-time?");
  });
});

test("doctor tries the parts and says that they work", async () => {
  const { healthy, findings } = await json<{ healthy: boolean; findings: { name: string; outcome: string }[] }>(shop.folder, "doctor", "--json");
  expect(healthy).toBe(true);
  for (const name of ["Node", "DuckDB", "ONNX Runtime", "SQLite", "LMDB"]) expect(findings.find((each) => each.name === name)?.outcome).toBe("works");
});

describe("status before anything has run", () => {
  test("says what would change that", async () => {
    const { code, out } = await run("status", "people.mlspec");
    expect(code).toBe(0);
    expect(out).toContain("no version yet; `mlspec run people.mlspec` registers one");
    expect(out).toContain("fallback");
  });

  test("and leaves no trace", async () => {
    expect(await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json")).toMatchObject({ models: [{ name: "buyer", versions: [] }], services: [{ live: null, process: null }], runs: [] });
    expect(existsSync(join(shop.folder, ".mlspec"))).toBe(false);
  });
});
