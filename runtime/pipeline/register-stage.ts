/** A model that passed its gates becomes a version of the registry. The same model again is the same version. */
import type { BuiltDataset } from "../data/dataset.ts";
import type { Json, JsonObject } from "../registry/manifest.ts";
import { Registry } from "../registry/registry.ts";
import type { State } from "../state/state.ts";
import type { RunContext } from "./context.ts";
import type { Evaluated } from "./evaluate-stage.ts";
import { modelSpec } from "./model-spec.ts";
import type { TrainedModel } from "./train-stage.ts";

export async function registerModel(context: RunContext, state: State, dataset: BuiltDataset, trained: TrainedModel, evaluated: Evaluated): Promise<{ version: string; fresh: boolean; mended: boolean }> {
  const { spec, model, folder, code, run, now } = context;
  const service = spec.services.find((each) => each.model === model.name);
  const { result, onnx } = trained;
  const { version, fresh, mended } = await new Registry(folder.registry).put({
    model: model.name,
    spec: modelSpec(spec, model.name),
    dataset: dataset.content,
    code: { version: code.version, libraries: { ...code.libraries } },
    training: { engine: result.engine, device: result.device, seed: model.train.seed },
    signature: result.signature as unknown as Json,
    preprocessing: result.fitted as unknown as JsonObject,
    onnx,
    record: {
      created: new Date(now()).toISOString(),
      parent: service === undefined ? null : (state.deployments.of(service.name)?.live ?? null),
      run,
      datasetReport: dataset.report as unknown as Json,
      evaluation: evaluated.records.map(({ evaluation }) => evaluation).join(", ") || null,
      metrics: evaluated.records.flatMap(({ slices }) => [...slices]),
      baselines: evaluated.records.flatMap(({ baselines }) => [...baselines]),
      gates: evaluated.records.flatMap(({ gates }) => [...gates]),
    },
  });
  for (const path of mended) context.emit({ type: "message", level: "warning", text: `a file of version ${version} was gone or damaged, and is written again: ${path}` });
  return { version, fresh, mended: mended.length > 0 };
}
