/**
 * What a request to one version may and must bring: the version's raw inputs, what the service's fallback reads besides, and
 * the keys of the entities whose features are looked up. Pure.
 */
import type { CompiledSpec, Dataset, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { SignatureInput } from "../export/signature.ts";
import type { Pseudonyms } from "./log/pseudonyms.ts";
import { personalValues } from "../data/personal-values.ts";

/** A value that the model or the fallback reads. A row is an array in the order of `Contract.columns`. */
export interface ContractColumn {
  readonly name: string;
  readonly kind: ScalarKind;
  readonly nullable: boolean;
  /** Without it the request is refused. */
  readonly required: boolean;
  /** The name under which the request brings it. */
  readonly field: string;
  /** The event time as `at`: what is not sent is the moment of the request. */
  readonly isNow: boolean;
  /** Says something about a person: the log holds its pseudonym. */
  readonly personal: boolean;
}

/** How the log hides who a row is about. */
export interface Hiding {
  readonly pseudonyms: Pseudonyms;
  /** Fields and features, by the spec that is served. */
  readonly personal: ReadonlySet<string>;
}

/** Features of one view, looked up by the value of a request field. */
export interface EntityLookup {
  readonly view: string;
  readonly key: { readonly field: string; readonly kind: ScalarKind; readonly nullable: boolean; readonly personal: boolean };
  /** The feature's name in the view, its place in the row, and whether it may be missing. */
  readonly features: readonly { readonly feature: string; readonly column: number; readonly nullable: boolean }[];
}

export interface Contract {
  readonly columns: readonly ContractColumn[];
  /** Which of `columns` the request alone brings; the others may come from the online store. */
  readonly fromRequest: readonly number[];
  readonly lookups: readonly EntityLookup[];
  /** By which rollouts tell users apart; a request without one is a unit of its own. */
  readonly units: readonly { readonly field: string; readonly kind: ScalarKind }[];
  /** Every field name that means something, for telling the others. */
  readonly fields: ReadonlySet<string>;
  /** Null when the log holds everything as it is. */
  readonly pseudonyms: Pseudonyms | null;
}

export interface ContractParts {
  readonly inputs: readonly SignatureInput[];
  /** What only the fallback reads may be missing: then the fallback decides what it makes of null. */
  readonly fallback: readonly SignatureInput[];
  readonly spec: CompiledSpec;
  readonly dataset: Dataset;
  /** Fields that rollouts tell users apart by; optional in a request. */
  readonly units: readonly string[];
  readonly hiding: Hiding | null;
}

export function contractOf({ inputs, fallback, spec, dataset, units, hiding }: ContractParts): Contract {
  // Also what was personal when the version was trained.
  const personal = new Set(hiding === null ? [] : [...hiding.personal, ...personalValues(spec, dataset)]);
  const extra = fallback.filter((input) => !inputs.some((each) => each.name === input.name));
  const all = [...inputs.map((input) => ({ input, needed: true })), ...extra.map((input) => ({ input, needed: false }))];
  const columns = all.map(({ input, needed }): ContractColumn => {
    const field = input.from.kind === "example" ? input.from.field : input.name;
    return { name: input.name, kind: input.kind, nullable: input.nullable || !needed, required: needed && !input.nullable, field, isNow: isNow(input, spec, dataset), personal: personal.has(input.name) || personal.has(field) };
  });
  const lookups = lookupsOf(all.map(({ input }) => input), spec, dataset, personal);
  const fields = new Set([...columns.map((column) => column.field), ...lookups.map((lookup) => lookup.key.field), ...units]);
  const fromRequest = all.flatMap(({ input }, i) => (input.from.kind === "example" ? [i] : []));
  return { columns, fromRequest, lookups, units: units.map((field) => ({ field, kind: keyOf(field, spec, dataset, personal).kind })), fields, pseudonyms: hiding?.pseudonyms ?? null };
}

/** Another column may be called `at`, too: then that is a field as any other. */
function isNow({ from, kind }: SignatureInput, spec: CompiledSpec, dataset: Dataset): boolean {
  if (from.kind !== "example" || from.field !== "at" || kind !== "timestamp") return false;
  return from.column !== "at" || spec.sources.find((source) => source.name === dataset.examples)?.time === "at";
}

function lookupsOf(inputs: readonly SignatureInput[], spec: CompiledSpec, dataset: Dataset, personal: ReadonlySet<string>): EntityLookup[] {
  const byView = new Map<string, EntityLookup & { features: { feature: string; column: number; nullable: boolean }[] }>();
  inputs.forEach((input, column) => {
    const { from } = input;
    if (from.kind !== "entity-feature") return;
    const id = JSON.stringify([from.view, from.key]);
    const lookup = byView.get(id) ?? { view: from.view, key: keyOf(from.key, spec, dataset, personal), features: [] };
    // To a fallback everything may be missing.
    const nullable = input.nullable && dataset.columns.find(({ name }) => name === input.name)?.type.nullable !== false;
    lookup.features.push({ feature: from.feature, column, nullable });
    byView.set(id, lookup);
  });
  return [...byView.values()];
}

/** The examples' column that refers to the entity, as a request field. */
function keyOf(column: string, spec: CompiledSpec, dataset: Dataset, personal: ReadonlySet<string>): EntityLookup["key"] {
  const inDataset = dataset.columns.find(({ from }) => from.kind === "example" && from.column === column);
  const declared = spec.sources.find((source) => source.name === dataset.examples)?.columns.find((each) => each.name === column);
  const type = declared?.type ?? inDataset?.type ?? { kind: "string", nullable: false };
  const field = inDataset?.from.kind === "example" ? inDataset.from.field : column;
  return { field, kind: type.kind, nullable: type.nullable, personal: personal.has(field) || personal.has(column) };
}
