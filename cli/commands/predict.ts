/** `mlspec predict`: a registered version's answers for every row of a file, or of standard input. */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stdin } from "node:process";
import { pipeline } from "node:stream/promises";
import { predictFile } from "../../runtime/batch/predict-file.ts";
import { MlspecError } from "../../runtime/errors.ts";
import type { ModelSignature } from "../../runtime/export/signature.ts";
import { lookAtStateOf } from "../../runtime/pipeline/open-state.ts";
import { Registry } from "../../runtime/registry/registry.ts";
import type { Prediction } from "../../runtime/serving/prediction.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { exit, shortPath } from "../exit.ts";
import { namedVersion } from "../named-version.ts";
import { outputTo } from "../output.ts";
import { loadAtHand, onlyOne, specPath } from "../spec.ts";
import { stateFolder } from "../state-folder.ts";

interface Options extends RuntimeOptions {
  readonly input: string;
  readonly output?: string;
  readonly model?: string;
  readonly version?: string;
}

export async function predict(file: string, { options, terminal, interruption }: Call<Options>): Promise<number> {
  const { registry, model, version, why } = await chosen(specPath(file, terminal.cwd), options);
  const output = options.output === undefined ? undefined : resolve(terminal.cwd, options.output);
  const signal = interruption();
  const input = await inputOf(options.input, terminal.cwd, signal);
  try {
    if (output === input.path) throw new MlspecError("bad-argument", "the predictions would take the place of the rows that they are of", { hint: "`--output` names another file." });
    const out = await outputTo(output);
    try {
      let lines: Lines = jsonLines;
      const rows = await predictFile({
        registry, model, version, path: input.path, format: input.format, present: terminal.now(), signal,
        begin: async (signature, notes) => {
          for (const note of notes) terminal.err(`${terminal.colors.yellow("!")} ${note}\n`);
          if (options.json) return;
          lines = csvLines;
          await out.write(csvHead(signature));
        },
        batch: (first, predictions) => out.write(lines(first, predictions)),
      });
      await out.done();
      terminal.err(`${rows} ${rows === 1 ? "row" : "rows"} predicted by ${model} ${version} (${why})${output === undefined ? "" : `: ${shortPath(output, terminal.cwd)}`}\n`);
    } catch (error) {
      await out.abandon();
      throw error;
    }
  } finally {
    await input.remove();
  }
  return exit.ok;
}

interface Chosen {
  readonly registry: Registry;
  readonly model: string;
  readonly version: string;
  /** Why it is this one. */
  readonly why: string;
}

/** The version named, else what is live, else the newest. */
async function chosen(path: string, options: Options): Promise<Chosen> {
  const folder = stateFolder(path, options.state);
  const atHand = await loadAtHand(path);
  const registry = new Registry(folder.registry);
  const known = [...new Set((await registry.list()).map(({ model }) => model))].map((name) => ({ name }));
  const declared = atHand.spec?.models ?? [];
  if (declared.length === 0 && (known.length === 0 || options.model === undefined) && atHand.error !== null) throw atHand.error;
  const { name: model } = onlyOne(declared.length > 0 && (options.model === undefined || declared.some(({ name }) => name === options.model)) ? declared : known, options.model, "model", declared.length > 0 ? "spec" : "state");
  if (options.version !== undefined) return { registry, model, version: await namedVersion({ registry, model }, options.version), why: "as named" };
  const state = lookAtStateOf(folder);
  try {
    const live = state?.deployments.all().find((each) => each.live !== null && state.deployments.history(each.service, 1)[0]?.model === model);
    if (live !== undefined && live.live !== null) return { registry, model, version: live.live, why: `live for ${live.service}` };
  } finally {
    state?.close();
  }
  const newest = (await registry.list(model)).find(({ problem }) => problem === null);
  if (newest === undefined) throw new MlspecError("nothing-registered", `no version of ${model} is registered`, { hint: "`mlspec run` registers one." });
  return { registry, model, version: newest.version, why: "the newest" };
}

interface Input {
  readonly path: string;
  readonly format: "csv" | "json" | undefined;
  readonly remove: () => Promise<void>;
}

/** Standard input goes through a file: it is read more than once, and may be larger than the memory. */
async function inputOf(written: string, cwd: string, signal: AbortSignal): Promise<Input> {
  if (written !== "-") {
    const path = resolve(cwd, written);
    if (!existsSync(path)) throw new MlspecError("data-file-missing", `There is no file ${path}.`, { hint: "`--input` names a CSV, Parquet or JSON file, or is - for standard input." });
    return { path, format: undefined, remove: () => Promise.resolve() };
  }
  const folder = await mkdtemp(join(tmpdir(), "mlspec-predict-"));
  const path = join(folder, "standard input");
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(stdin, createWriteStream(path, { mode: 0o600 }), { signal });
    return { path, format: await isJson(path) ? "json" : "csv", remove };
  } catch (error) {
    await remove();
    throw signal.aborted ? new MlspecError("cancelled", "reading the rows was cancelled") : error;
  }
}

async function isJson(path: string): Promise<boolean> {
  for await (const text of createReadStream(path, { encoding: "utf8", end: 1023 }) as AsyncIterable<string>) return /^\uFEFF?\s*[[{]/.test(text);
  return false;
}

type Lines = (first: number, predictions: readonly Prediction[]) => string;

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvHead = ({ classes }: ModelSignature): string => `${["row", ...(classes.length === 0 ? ["prediction"] : ["class", ...classes.map((name) => `probability.${name}`)])].map(quoted).join(",")}\n`;

const csvLines: Lines = (first, predictions) =>
  predictions.map(({ value, label, probabilities }, i) => `${first + i},${label === null ? value : [quoted(label), ...(probabilities?.values ?? [])].join(",")}\n`).join("");

/** The fields of `POST /predict`. */
const jsonLines: Lines = (first, predictions) => predictions.map(({ value, label, probabilities }, i) =>
  `${JSON.stringify({ row: first + i, prediction: value, ...(label === null ? {} : { class: label, probabilities: probabilities?.values ?? null, classes: probabilities?.classes ?? null }) })}\n`).join("");
