/** `mlspec completion bash`, in the bash that is here. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mlspec } from "./mlspec.ts";

const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlspec-completion-"));
  await writeFile(join(folder, "my shop.mlspec"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await mlspec(folder, "completion", shell);
    expect(code).toBe(0);
    await writeFile(join(folder, `completion.${shell}`), out);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What is offered for the last of the words. */
function offered(...words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `source completion.bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _mlspec; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p mlspec >&2`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script], { cwd: folder, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "complete -o filenames -F _mlspec mlspec\n" });
  return stdout.split("\n").filter((line) => line !== "");
}

describe.skipIf(!has("bash"))("bash offers (skipped where there is no bash)", () => {
  test("commands, and the commands of a command", () => {
    expect(offered("mlspec", "ro")).toEqual(["rollout", "rollback"]);
    expect(offered("mlspec", "rollout", "")).toEqual(["start", "status", "approve", "pause", "resume", "abort"]);
  });
  test("the options of the command that is typed, and their choices", () => {
    expect(offered("mlspec", "run", "--u")).toEqual(["--until"]);
    expect(offered("mlspec", "run", "--until", "tr")).toEqual(["train"]);
    expect(offered("mlspec", "rollout", "start", "--ver")).toEqual(["--version"]);
    expect(offered("mlspec", "fmt", "--un")).toEqual([]);
  });
  test("files elsewhere, also those with spaces; nothing where a name is free", () => {
    expect(offered("mlspec", "run", "my")).toEqual(["my shop.mlspec"]);
    expect(offered("mlspec", "predict", "x.mlspec", "--output", "my")).toEqual(["my shop.mlspec"]);
    expect(offered("mlspec", "run", "--model", "my")).toEqual([]);
  });
});

test.skipIf(!has("fish"))("fish reads its script (skipped where there is no fish)", () => expect(spawnSync("fish", ["--no-execute", "completion.fish"], { cwd: folder }).status).toBe(0));
test.skipIf(!has("zsh"))("zsh reads its script (skipped where there is no zsh)", () => expect(spawnSync("zsh", ["-n", "completion.zsh"], { cwd: folder }).status).toBe(0));

test("a shell that it does not know is refused with those that it does", async () => {
  const { code, err } = await mlspec(folder, "completion", "tcsh");
  expect(code).toBe(2);
  expect(err).toContain("bash, zsh, fish");
});
