import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Training } from "../../../grammar/compiled-spec/index.ts";
import { engineFor } from "../../../runtime/training/engines.ts";
import { tensorFlowEngine } from "../../../runtime/training/tensorflow-engine.ts";
import { examples, inMemory, options, problem } from "./support.ts";

/** An installation of MLSpec, with the packages that a test puts into it. */
let installation: string;
beforeEach(() => (installation = mkdtempSync(join(tmpdir(), "mlspec-installation-"))));
afterEach(() => rmSync(installation, { recursive: true, force: true }));

function installPackage(name: string, code: string): string {
  const folder = join(installation, "node_modules", ...name.split("/"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
  writeFileSync(join(folder, "index.js"), code);
  return folder;
}

/** The package in its pure form, under another name: the real library. */
const real = `
  require(${JSON.stringify(require_("@tensorflow/tfjs-backend-cpu"))});
  module.exports = require(${JSON.stringify(require_("@tensorflow/tfjs-core"))});`;
function require_(name: string): string {
  return join(import.meta.dirname, "../../../node_modules", ...name.split("/"));
}

async function trainHere(parts: { device?: Training["device"]; named?: string } = {}) {
  const what = problem({ train: { engine: "tensorflow", device: parts.device ?? "cpu" } });
  const messages: string[] = [];
  const engine = tensorFlowEngine({ from: join(installation, "engine.js"), named: parts.named ?? null });
  const network = await engine.train(what, inMemory(examples(what, 20, 1, () => 1)), options({ onMessage: (level, text) => messages.push(`${level}: ${text}`) }));
  return { network, messages };
}

const slow = expect.stringMatching(/^warning: TensorFlow\.js computes in plain JavaScript/) as string;

test("without any TensorFlow.js beside MLSpec, training says what to install and what to do without", async () => {
  await expect(trainHere()).rejects.toMatchObject({
    code: "engine-not-installed", hint: expect.stringMatching(/npm install @tensorflow\/tfjs-node.*MLSPEC_TENSORFLOW.*onnxruntime/) as string,
  });
});

describe("of what is installed", () => {
  test("plain JavaScript trains, with a word about its speed", async () => {
    installPackage("@tensorflow/tfjs", real);
    expect(await trainHere()).toMatchObject({ network: { engine: "tensorflow", device: "cpu" }, messages: [slow] });
  });

  test("a package that does not load is named, and the next taken", async () => {
    installPackage("@tensorflow/tfjs-node", `throw new Error("tfjs_binding.node is missing\\nat length");`);
    installPackage("@tensorflow/tfjs", real);
    expect((await trainHere()).messages).toEqual(["warning: @tensorflow/tfjs-node does not load: tfjs_binding.node is missing", slow]);
  });

  test("when none loads, the reason is told", async () => {
    installPackage("@tensorflow/tfjs-node-gpu", `throw new Error("libcudart.so is missing");`);
    await expect(trainHere()).rejects.toMatchObject({ code: "engine-not-installed", message: expect.stringContaining("tfjs-node-gpu does not load: libcudart.so is missing") as string });
  });

  test("only one with a backend will do", async () => {
    installPackage("@tensorflow/tfjs", `module.exports = { enableProdMode() {}, async ready() { throw new Error("no backends") } };`);
    await expect(trainHere()).rejects.toMatchObject({ code: "engine-not-installed", message: expect.stringContaining("no backends") as string });
  });

  test("nor will one that loads but cannot compute", async () => {
    installPackage("@tensorflow/tfjs-node", `${real} module.exports = { ...module.exports, mul() { throw new Error("illegal instruction") } };`);
    installPackage("@tensorflow/tfjs", real);
    expect((await trainHere()).messages).toEqual(["warning: @tensorflow/tfjs-node does not load: illegal instruction", slow]);
  });

  test("the native one works though it calls what newer versions of Node have no more", async () => {
    installPackage("@tensorflow/tfjs-node", `const old = require("util"); if (!old.isNullOrUndefined(null) || !old.isArray([])) throw new Error("no"); ${real}`);
    expect((await trainHere()).messages).toEqual([slow]);
  });
});

describe("MLSPEC_TENSORFLOW", () => {
  test("names the folder of a package, which is used before others", async () => {
    installPackage("@tensorflow/tfjs-node", `throw new Error("not this one");`);
    expect((await trainHere({ named: installPackage("elsewhere", real) })).messages).toEqual([slow]);
  });

  test.each([
    ["a folder where nothing is", () => join(installation, "nothing"), /there is no package at .*nothing/],
    ["a package that does not load", () => installPackage("broken", `throw new Error("wrong machine");`), /broken does not load: wrong machine/],
    ["a relative path, which would depend on the folder one stands in", () => "node_modules/x", /not an absolute path/],
  ])("naming %s is an error, whatever else is installed", async (_, named, message) => {
    installPackage("@tensorflow/tfjs", real);
    await expect(trainHere({ named: named() })).rejects.toMatchObject({ code: "engine-not-installed", message: expect.stringMatching(message) as string });
  });

  test("reaches the engine through the settings", async () => {
    const what = problem({ train: { engine: "tensorflow" } });
    const training = engineFor("tensorflow", { tensorflow: join(installation, "nothing") }).train(what, inMemory(examples(what, 20, 1, () => 1)), options());
    await expect(training).rejects.toMatchObject({ code: "engine-not-installed" });
  });
});

describe("the GPU", () => {
  test("required where TensorFlow.js finds none is an error, with what hindered the package for it", async () => {
    installPackage("@tensorflow/tfjs-node-gpu", `throw new Error("no CUDA");`);
    installPackage("@tensorflow/tfjs", real);
    await expect(trainHere({ device: "gpu-required" })).rejects.toMatchObject({ code: "gpu-not-available", message: expect.stringContaining("no CUDA") as string, hint: expect.stringContaining("tfjs-node-gpu") as string });
  });

  test("preferred falls back to the CPU, and says so", async () => {
    installPackage("@tensorflow/tfjs", real);
    expect(await trainHere({ device: "gpu-preferred" })).toMatchObject({ network: { device: "cpu" }, messages: ["info: TensorFlow.js finds no GPU; training on the CPU", slow] });
  });

  test("is looked for only where it is asked for", async () => {
    installPackage("@tensorflow/tfjs-node-gpu", `throw new Error("must not be loaded");`);
    installPackage("@tensorflow/tfjs", real);
    expect((await trainHere({ device: "cpu" })).messages).toEqual([slow]);
  });
});

test("packages in the folder that one stands in are never looked at", async () => {
  const workspace = dirname(installPackage("@tensorflow/tfjs", `throw new Error("code of a stranger");`));
  const elsewhere = mkdtempSync(join(tmpdir(), "mlspec-other-"));
  const before = process.cwd();
  process.chdir(workspace);
  try {
    const what = problem({ train: { engine: "tensorflow" } });
    const engine = tensorFlowEngine({ from: join(elsewhere, "engine.js") });
    await expect(engine.train(what, inMemory(examples(what, 20, 1, () => 1)), options())).rejects.toMatchObject({ message: expect.not.stringContaining("stranger") as string });
  } finally {
    process.chdir(before);
    rmSync(elsewhere, { recursive: true, force: true });
  }
});
