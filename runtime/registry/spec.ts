/** A registered version's compiled spec, as this and earlier releases wrote it. */
import { compiledSpecVersion, rewriting, unpacked, type Aggregate, type CompiledSpec, type Expression, type FeatureView, type Label, type Packed } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";

/** @throws MlspecError `manifest-too-new`. `what` names the spec in messages. */
export function readSpec(written: unknown, what: string): CompiledSpec {
  const { version } = written as { readonly version: number };
  if (version === 1) return fromVersion1(written as Version1);
  if (version === compiledSpecVersion) return unpacked(written as Packed<CompiledSpec>);
  throw new MlspecError("manifest-too-new", `The ${what} has version ${version}; this mlspec reads up to ${compiledSpecVersion}.`, { hint: "Use the mlspec that wrote it, or a newer one." });
}

/** Version 1 wrote trees, and aggregates beside the expressions that named them by number. */
interface Version1 extends Omit<CompiledSpec, "version" | "features" | "labels"> {
  readonly features: readonly (Omit<FeatureView, "definitions"> & { readonly definitions: readonly (FeatureView["definitions"][number] & { readonly aggregates: readonly Aggregate[] })[] })[];
  readonly labels: readonly (Omit<Label, "rule"> & { readonly rule: Label["rule"] & { readonly aggregate?: Aggregate } })[];
}

function fromVersion1(spec: Version1): CompiledSpec {
  const features = spec.features.map((view) => ({
    ...view, definitions: view.definitions.map(({ aggregates, ...definition }) => ({ ...definition, value: withAggregates(definition.value, aggregates) })),
  }));
  const labels = spec.labels.map((label): Label => {
    const { aggregate, ...rule } = label.rule;
    return { ...label, rule: aggregate === undefined ? rule : { ...rule, value: withAggregates(rule.value, [aggregate]) } };
  });
  return { ...spec, version: compiledSpecVersion, features, labels };
}

function withAggregates(value: Expression, aggregates: readonly Aggregate[]): Expression {
  return rewriting((part) => {
    const aggregate = part.op === "aggregate" ? aggregates[(part as unknown as { readonly index: number }).index] : undefined;
    return aggregate === undefined ? null : { op: "aggregate", type: part.type, aggregate };
  })(value);
}
