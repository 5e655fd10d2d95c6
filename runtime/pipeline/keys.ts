/** Names of results by what they were made of: the same inputs give the same key, and the result is found again. */
import { packed } from "../../grammar/compiled-spec/index.ts";
import { canonicalJson } from "../registry/canonical.ts";
import { sha256 } from "../registry/files.ts";
import { mixVersion } from "../preprocess/hash.ts";
import { modelSpec } from "./model-spec.ts";
import type { RunContext } from "./context.ts";

/** Raised when a stage computes something else from the same inputs. */
const resultFormat = 2;

export const keyOf = (parts: unknown): string => sha256(canonicalJson(packed({ parts }))).slice(0, 32);

/** Everything that the trained network depends on. */
export function trainingKey(context: RunContext, dataset: string): string {
  const { models, labels, datasets } = modelSpec(context.spec, context.model.name);
  const [model] = models;
  // A model's fallbacks and owner do not change its weights.
  const trained = { ...model, fallbacks: [], owner: null };
  return keyOf({ resultFormat, mixVersion, dataset, model: trained, labels, features: datasets[0]?.features, code: context.code });
}
