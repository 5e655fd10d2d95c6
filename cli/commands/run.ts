import { randomBytes } from "node:crypto";
import type { CompiledSpec, Model } from "../../grammar/compiled-spec/index.ts";
import type { RunEvent, RunStage } from "../../runtime/events.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { runPipeline, type RunOutcome } from "../../runtime/pipeline/run.ts";
import { stateFolder } from "../state-folder.ts";
import { dataFolder } from "../data-folder.ts";
import { RunDrawing } from "../draw/run-events.ts";
import { flowed } from "../draw/wrap.ts";
import { errorReport, exit, exitCodeOf, tellError } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { lineReader } from "../report/lines.ts";
import { textReport } from "../report/text.ts";
import { loadWithWarnings, named, specPath, type ValidSpec } from "../spec.ts";
import { onStandardError } from "../terminal.ts";
import { codeVersion } from "../version.ts";

interface Options extends RuntimeOptions {
  readonly until: RunStage;
  readonly model?: string;
  readonly device?: "cpu" | "gpu";
  readonly fresh?: boolean;
  readonly events?: "ndjson";
}

export async function run(file: string, { options, terminal, interruption }: Call<Options>): Promise<number> {
  const path = specPath(file, terminal.cwd);
  terminal.outliveReader();
  const { spec, warnings } = await loadWithWarnings(path, terminal);
  const drawn = options.events === undefined && options.json !== true;
  if (drawn && warnings.problems.length > 0) terminal.err(textReport(warnings, onStandardError(terminal), lineReader()));
  const models = options.model === undefined ? spec.models : [named(spec.models, options.model, "model")];
  if (models.length === 0) throw new MlspecError("not-declared", "the spec declares no model", { where: { file: path }, hint: "Declare one: `model name { predict: label from dataset }`." });

  const folder = stateFolder(path, options.state);
  const outcomes: (RunOutcome & { model: string })[] = [];
  const events: RunEvent[] = [];
  const drawing = new RunDrawing(terminal);
  let failed = false;
  const emit = (event: RunEvent): void => {
    failed ||= event.type === "run-finished" && event.outcome !== "done";
    if (options.events === "ndjson") terminal.out(`${JSON.stringify(event)}\n`);
    else if (options.json) events.push(event);
    else drawing.emit(event);
  };
  try {
    for (const model of models) {
      const { spec: changed, model: used } = onDevice(spec, model, options.device);
      const outcome = await runPipeline({
        run: runId(model.name, terminal.now()), spec: changed, model: used, problems: warnings.problems.map(problemEvent), folder, dataFolder: dataFolder(options.data, path), code: codeVersion, tensorflow: terminal.env["MLSPEC_TENSORFLOW"],
        fresh: options.fresh ?? false, emit, signal: interruption(), now: () => terminal.now().getTime(),
      }, options.until);
      outcomes.push({ ...outcome, model: model.name });
    }
  } catch (error) {
    // A program has it already, or gets it with the events that there were: one object, and no second telling.
    const told = options.events === "ndjson" ? failed : options.json === true;
    if (!told) throw error;
    if (options.json) terminal.out(`${JSON.stringify({ outcomes, events, error: errorReport(error) }, null, 2)}\n`);
    tellError(terminal, error);
    return exitCodeOf(error);
  }
  if (options.json) terminal.out(`${JSON.stringify({ outcomes, events }, null, 2)}\n`);
  if (drawn) for (const outcome of outcomes) terminal.out(flowed(next(spec, outcome, file), terminal.columns, 0));
  return exit.ok;
}

const problemEvent = ({ code, message, hint, file, range: { start } }: ValidSpec["warnings"]["problems"][number]): Extract<RunEvent, { type: "problem" }> =>
  ({ type: "problem", severity: "warning", code, text: message, hint, file, line: start.line + 1, column: start.character + 1 });

/** What a person may want to do with what has been registered. */
function next(spec: CompiledSpec, { model, version, fresh }: RunOutcome & { model: string }, file: string): string {
  if (version === null) return "";
  const done = `${model} ${version} ${fresh ? "is registered" : "was registered before"}.`;
  const service = spec.services.find((each) => each.model === model);
  if (service === undefined) return `${done}\n`;
  const rollout = spec.rollouts.find((each) => each.service === service.name);
  return rollout === undefined
    ? `${done} Next: \`mlspec serve ${file}\` answers with it.\n`
    : `${done} Next: \`mlspec serve ${file}\`, and beside it \`mlspec rollout start ${file}\` brings it to users.\n`;
}

/** `ranker-20261120T143000-3f9a`: sorts by time, and says what it is of. */
const runId = (model: string, at: Date): string => `${model}-${at.toISOString().replaceAll(/[-:]|\.\d+Z/g, "")}-${randomBytes(2).toString("hex")}`;

/** `--device` overrides the spec: `gpu` means that there must be one. */
function onDevice(spec: CompiledSpec, model: Model, device: Options["device"]): { spec: CompiledSpec; model: Model } {
  if (device === undefined) return { spec, model };
  const changed: Model = { ...model, train: { ...model.train, device: device === "gpu" ? "gpu-required" : "cpu" } };
  return { spec: { ...spec, models: spec.models.map((each) => (each.name === model.name ? changed : each)) }, model: changed };
}
