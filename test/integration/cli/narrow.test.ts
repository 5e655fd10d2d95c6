/** On a screen of forty columns nothing is torn: what is drawn fits, but for paths, which nobody can copy in pieces. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { widthOf } from "../../../cli/draw/wrap.ts";
import { mlspec } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { commandLine, hasPty, onTerminal } from "./pty.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
  await shop.write("misspelt.mlspec", peopleSpec(["standardize(people.age)", "standardize(people.agee)"]));
  await shop.write("strict.mlspec", peopleSpec(["auc >= 0.6", "auc >= 0.99"]));
  for (const args of [["run", "people.mlspec"], ["run", "strict.mlspec"]]) await mlspec(shop.folder, ...args);
  await mlspec(shop.folder, "run", "people.mlspec");
});
afterAll(() => shop.remove());

const shown = async (columns: number, ...args: readonly string[]): Promise<readonly string[]> => (await onTerminal(shop.folder, commandLine(args), { columns, env: { NO_COLOR: "1" } })).trimEnd().split("\n");

describe.runIf(hasPty)("a screen", () => {
  test.each([
    [["status", "people.mlspec"], ["buyer", "answer", "release"]],
    [["versions", "people.mlspec"], ["registered"]],
    [["rollout", "status", "people.mlspec"], ["No rollout has been started."]],
    [["validate", "misspelt.mlspec"], ["1 error", "^^^^"]],
    [["run", "misspelt.mlspec"], ["1 error", "error[spec-invalid]"]],
    [["run", "people.mlspec"], ["evaluate", "auc >= 0.6", "log_loss"]],
    [["run", "strict.mlspec"], ["auc >= 0.99", "error[gate-failed]"]],
    [["validate", "--help"], ["Exit codes:", "--strict"]],
  ])("of 40 columns has room for %j", async (args, words) => {
    const lines = await shown(40, ...args);
    for (const line of lines) if (!/^ *(-->|at) |^Usage: |\/\S{30}/.test(line)) expect(widthOf(line), line).toBeLessThanOrEqual(40);
    for (const word of words) expect(lines.join("\n")).toContain(word);
  });
});
