import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { mlspec } from "./mlspec.ts";

const commands = ["init", "validate", "compile", "fmt", "lineage", "run", "predict", "serve", "rollout", "status", "doctor", "explain", "completion", "language-server"];
const here = tmpdir();

describe("help", () => {
  test("names every command, and each command has help of its own", async () => {
    const { code, out } = await mlspec(here, "--help");
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(`\n  ${command}`);
    for (const command of [...commands, "rollout start", "rollout status", "rollout approve", "rollout pause", "rollout resume", "rollout abort"]) {
      const help = await mlspec(here, ...command.split(" "), "--help");
      expect(help, command).toMatchObject({ code: 0, err: "" });
      expect(help.out).toContain(`Usage: mlspec ${command}`);
    }
  });

  test("a command without arguments that it needs says which, and is a failure to run", async () => {
    const { code, err } = await mlspec(here, "run");
    expect(code).toBe(2);
    expect(err).toContain("missing required argument 'file'");
  });
});

describe("the exit codes", () => {
  test("stand at the end of the help, of the program's and of each command's", async () => {
    for (const command of [[], ["validate"], ["rollout"], ["rollout", "start"]]) {
      const { out } = await mlspec(here, ...command, "--help");
      expect(out).toMatch(/Exit codes:\n {2}0 +\S.*\n {2}1 +\S.*\n {2}2 +\S.*\n {2}130 +\S.*\n$/);
    }
  });
});

describe("a slip of the keyboard", () => {
  test("in a command: exit 2 and the nearest one", async () => {
    const { code, out, err } = await mlspec(here, "validte", "x.mlspec");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("unknown command 'validte'");
    expect(err).toContain("Did you mean validate?");
  });

  test("in an option: exit 2 and the nearest one", async () => {
    const { code, err } = await mlspec(here, "run", "x.mlspec", "--untill", "train");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean --until?");
  });

  test("in a value: exit 2 and the choices", async () => {
    const { code, err } = await mlspec(here, "run", "x.mlspec", "--until", "trian");
    expect(code).toBe(2);
    expect(err).toContain("Allowed choices are validate, data, train, evaluate, register");
  });

  test("in a file name: exit 2, the path, what to do", async () => {
    const { code, err } = await mlspec(here, "run", "no-such.mlspec");
    expect(code).toBe(2);
    expect(err).toContain("error[file-not-found]");
    expect(err).toContain("no-such.mlspec");
  });
});
