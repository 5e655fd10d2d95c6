/**
 * The compiled spec: what an `.mlspec` file and its imports mean, as plain JSON. It is the only thing that the runtime
 * and the checks know; neither sees the grammar. `mlspec compile` prints it, `mlspec compile --schema` describes it.
 */
import Type from "typebox";
import { Dataset, Entity, FeatureView, Label, Source } from "./data.ts";
import { Expression } from "./expression.ts";
import { Evaluation, Model } from "./model.ts";
import { Origin } from "./origin.ts";
import { Policy, Role, Rollout, Service, Slo } from "./release.ts";

/** Raised with every change that an older reader would misread. */
export const compiledSpecVersion = 2;

/** `// mlspec-ignore <check>: reason` behind the line of a finding, or on a line of its own above it. */
export const Suppression = Type.Object({
  check: Type.String(),
  reason: Type.String(),
  file: Type.Integer(),
  /** The one line whose findings it silences, from 0 as in `Origin`. */
  line: Type.Integer(),
  /** Where it stands. */
  comment: Origin.properties.range,
  /** What is wrong with how it is written; it silences nothing then; `check` and `reason` are what seems meant, or empty. */
  malformed: Type.Optional(Type.String()),
  /** Of a malformed one: true where it may be written anew without losing anything. */
  replaceable: Type.Optional(Type.Boolean()),
});
export type Suppression = Type.Static<typeof Suppression>;

export const CompiledSpec = Type.Object(
  {
    version: Type.Literal(compiledSpecVersion),
    /** The file asked for comes first, then what it imports, directly or not. `path` is absolute or as the caller gave it. */
    files: Type.Array(Type.Object({ path: Type.String(), sha256: Type.String() })),
    entities: Type.Array(Entity),
    sources: Type.Array(Source),
    features: Type.Array(FeatureView),
    labels: Type.Array(Label),
    datasets: Type.Array(Dataset),
    models: Type.Array(Model),
    evaluations: Type.Array(Evaluation),
    services: Type.Array(Service),
    slos: Type.Array(Slo),
    rollouts: Type.Array(Rollout),
    policies: Type.Array(Policy),
    roles: Type.Array(Role),
    suppressions: Type.Array(Suppression),
    /** In JSON only: what several expressions are made of (`packed.ts`). */
    expressions: Type.Optional(Type.Array(Expression)),
  },
  { $id: "urn:mlspec:compiled-spec:2", title: "Compiled MLSpec" },
);
export type CompiledSpec = Type.Static<typeof CompiledSpec>;

export * from "./origin.ts";
export * from "./expression.ts";
export * from "./functions.ts";
export * from "./walk.ts";
export * from "./packed.ts";
export * from "./data.ts";
export * from "./encodings.ts";
export * from "./labels.ts";
export * from "./metrics.ts";
export * from "./model.ts";
export * from "./release.ts";
