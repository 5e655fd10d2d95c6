/** What a program reads: one JSON object on standard output, also when it did not go well. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { events, mlspec } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
  await shop.write("misspelt.mlspec", peopleSpec(["standardize(people.age)", "standardize(people.agee)"]));
});
afterAll(() => shop.remove());
const say = (...args: readonly string[]) => mlspec(shop.folder, ...args);

interface Failed {
  readonly error: { readonly code: string; readonly message: string; readonly where: { readonly file: string } | null; readonly hint: string | null };
}
const failed = (out: string): Failed => JSON.parse(out) as Failed;

describe("an error with --json is an object with `error`, the exit code as ever, the words on standard error", () => {
  test.each([
    ["validate", ["validate", "absent/", "--json"], 2, undefined],
    ["lineage", ["lineage", "absent.mlspec", "--json"], 2, "file-not-found"],
    ["compile", ["compile", "misspelt.mlspec", "--json"], 1, "spec-invalid"],
    ["run", ["run", "misspelt.mlspec", "--json"], 1, "spec-invalid"],
    ["status", ["status", "absent.mlspec", "--json"], 2, "file-not-found"],
    ["versions", ["versions", "absent.mlspec", "--json"], 2, "file-not-found"],
    ["rollback", ["rollback", "people.mlspec", "--json"], 2, "nothing-registered"],
    ["rollout", ["rollout", "status", "people.mlspec", "--json"], 2, "not-declared"],
    ["explain", ["explain", "no-such-code", "--json"], 2, "unknown-check"],
    ["the old spelling", ["lineage", "absent.mlspec", "--format", "json"], 2, "file-not-found"],
    ["an option that is none", ["status", "people.mlspec", "--json", "--stat", "x"], 2, "bad-usage"],
    ["a command that is none", ["statsu", "people.mlspec", "--json"], 2, "bad-usage"],
    ["an argument that is missing", ["status", "--json"], 2, "bad-usage"],
  ] as const)("%s", async (_name, args, wanted, expected) => {
    const { code, out, err } = await say(...args);
    expect(code).toBe(wanted);
    if (expected === undefined) return void expect(JSON.parse(out)).toMatchObject({ problems: [{ code: "file-not-found" }] });
    expect(failed(out)).toEqual({ error: { code: expected, message: expect.stringMatching(/\S/) as string, where: expected === "file-not-found" ? expect.objectContaining({ file: expect.any(String) as string }) as object : null, hint: failed(out).error.hint } });
    expect(err).toContain("error");
  });

  test("a run that fails keeps its events", async () => {
    await shop.write("strict.mlspec", peopleSpec(["auc >= 0.6", "auc >= 0.99"]));
    const { code, out } = await say("run", "strict.mlspec", "--json");
    expect(code).toBe(1);
    const told = JSON.parse(out) as Failed & { readonly events: readonly { readonly type: string }[] };
    expect(told.error.code).toBe("gate-failed");
    expect(told.events.at(-1)).toMatchObject({ type: "run-finished", outcome: "failed" });
  });
});

test("with --events a failure that no other event tells is the last line", async () => {
  for (const args of [["run", "misspelt.mlspec", "--events", "ndjson"], ["serve", "misspelt.mlspec", "--events", "ndjson"], ["serve", "misspelt.mlspec", "--json"]]) {
    const { code, out } = await say(...args);
    expect({ code, out: events(out) }).toEqual({ code: 1, out: [{ type: "error", error: expect.objectContaining({ code: "spec-invalid" }) as object }] });
  }
});

test("--json is what --format json was", async () => {
  for (const command of [["validate", "misspelt.mlspec"], ["lineage", "people.mlspec"]]) expect(JSON.parse((await say(...command, "--json")).out)).toEqual(JSON.parse((await say(...command, "--format", "json")).out));
  expect(JSON.parse((await say("compile", "people.mlspec", "--json")).out)).toEqual(JSON.parse((await say("compile", "people.mlspec")).out));
});
