/** The examples over the public data sets that they are about, as `mlspec run` meets them. Their data are not part of the repository. */
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../../runtime/events.ts";
import { events, mlspec, type Result } from "../cli/mlspec.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const data = process.env["MLSPEC_DATA"] ?? join(root, "..", "shared", "data");
const there = existsSync(join(data, "adult"));
const why = there ? "" : " (skipped: neither MLSPEC_DATA nor ../shared/data holds it; the README says where it is)";

type Evaluated = Extract<RunEvent, { type: "evaluated" }>;
interface Ran extends Result {
  readonly told: readonly RunEvent[];
  readonly evaluated: Evaluated;
}

describe.skipIf(!there)(`real data${why}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mlspec-examples-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Runs a copy of the example, so that nothing is left beside the original. */
  async function run(name: string, change: (spec: string) => string = (spec) => spec): Promise<Ran> {
    const copy = join(folder, name);
    await cp(join(root, "examples", name, `${name}.mlspec`), join(copy, `${name}.mlspec`));
    const path = join(copy, `${name}.mlspec`);
    await writeFile(path, change(await readFile(path, "utf8")));
    const result = await mlspec(copy, "run", path, "--data", data, "--state", join(copy, "state"), "--events", "ndjson");
    const told = result.out === "" ? [] : events<RunEvent>(result.out);
    return { ...result, told, evaluated: told.find((event): event is Evaluated => event.type === "evaluated")! };
  }
  const overall = ({ slices }: Evaluated | Evaluated["baselines"][number]) => slices.find(({ slice }) => slice === null)!;

  test("adult: AUC of at least 0.905 on adult.test, judged by sex and by race", async () => {
    const { code, err, told, evaluated } = await run("adult");
    expect(code, err).toBe(0);
    const whole = overall(evaluated);
    expect(whole.rows).toBe(16_281);
    expect(whole.metrics["auc"]).toBeGreaterThanOrEqual(0.905);
    for (const column of ["sex", "race"]) expect(evaluated.gates.filter(({ slice, outcome }) => slice?.startsWith(`${column} = `) && outcome === "passed").length).toBeGreaterThanOrEqual(2);
    expect(told.some(({ type }) => type === "registered")).toBe(true);
  });

  test("bike-sharing: R² over the last tenth is better than the same hour a week before", async () => {
    const { code, err, evaluated } = await run("bike-sharing");
    expect(code, err).toBe(0);
    const naive = overall(evaluated.baselines.find(({ name }) => name === "seasonal_naive")!);
    expect(overall(evaluated).metrics["r2"]).toBeGreaterThan(naive.metrics["r2"]!);
    expect(overall(evaluated).metrics["r2"]).toBeGreaterThan(0.8);
  });

  test("online-retail: point-in-time features say who buys again better than how often they bought", async () => {
    const { code, err, evaluated } = await run("online-retail");
    expect(code, err).toBe(0);
    expect(overall(evaluated).metrics["auc"]).toBeGreaterThan(overall(evaluated.baselines.find(({ name }) => name === "frequency")!).metrics["auc"]!);
  });

  test("online-retail with a window past the example's time is refused before anything runs", async () => {
    const { code, told, err } = await run("online-retail", (spec) => spec.replace("lines_30d = count() over 30d", "lines_30d = count() over -30d..30d"));
    expect(code).toBe(1);
    expect(told).toEqual([expect.objectContaining({ type: "error", error: expect.objectContaining({ code: "spec-invalid" }) })]);
    expect(err).toContain("error[leakage-through-time]");
    expect(err).toContain("lines_30d");
    expect(err).toContain("nothing was run");
  });
});
