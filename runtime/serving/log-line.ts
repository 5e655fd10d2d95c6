/** A line of the prediction journal. Built by hand: it is made for every row that is answered. */
import { columnName } from "../data/sql/quote.ts";
import type { Columns } from "./log/columns.ts";
import type { Contract } from "./contract.ts";
import type { Pseudonyms } from "./log/pseudonyms.ts";
import type { Prediction } from "./prediction.ts";
import type { Example } from "./rows.ts";
import type { Scalar } from "./values.ts";

export interface LineFacts {
  readonly id: string;
  /** Microseconds since 1970. */
  readonly timeUs: number;
  readonly version: string | null;
  readonly arm: string | null;
  readonly unit: string | null;
  readonly prediction: Prediction | null;
  /** Why the fallback answered, or null. */
  readonly fallback: string | null;
  readonly latencyMs: number;
  readonly error: string | null;
}

export type Sent = Pick<Example, "values" | "sentKeys">;

/** `constant`: the JSON members that every line of the service has. */
export function predictionLine(constant: string, facts: LineFacts, contract: Contract, { values, sentKeys }: Sent): string {
  const { prediction } = facts;
  return `{"id":${JSON.stringify(facts.id)},"time":${facts.timeUs},${constant},"version":${quoted(facts.version)},"arm":${quoted(facts.arm)},` +
    `"unit":${quoted(facts.unit)},"prediction":${prediction === null ? "null" : JSON.stringify(prediction.value)},"class":${quoted(prediction?.label ?? null)},` +
    `"fallback":${quoted(facts.fallback)},"latency_ms":${Math.round(facts.latencyMs * 1000) / 1000},"error":${quoted(facts.error)},${rowJson(contract, values, sentKeys)}}`;
}

export function constantPart(service: string, model: string): string {
  return `"service":${JSON.stringify(service)},"model":${JSON.stringify(model)}`;
}

/** Which columns of a contract go into which struct of the log, by the names that they have there. */
export function logColumns(contract: Contract): { readonly request: Columns; readonly features: Columns } {
  const { request, features, keys } = divided(contract);
  const kinds = (places: readonly number[]): Columns =>
    Object.fromEntries(places.flatMap((i) => {
      const column = contract.columns[i];
      return column === undefined ? [] : [[columnName(request.includes(i) ? column.field : column.name), column.personal ? "string" : column.kind] as const];
    }));
  const sent = keys.flatMap((i) => {
    const key = contract.lookups[i]?.key;
    return key === undefined ? [] : [[columnName(key.field), key.personal ? "string" : key.kind] as const];
  });
  return { request: { ...kinds(request), ...Object.fromEntries(sent) }, features: kinds(features) };
}

interface Divided {
  readonly request: readonly number[];
  readonly features: readonly number[];
  readonly names: readonly string[];
  readonly personal: readonly boolean[];
  /** Lookups whose key is no column of the contract, each key once. */
  readonly keys: readonly number[];
  readonly keyNames: readonly string[];
  readonly personalKeys: readonly boolean[];
}

const known = new WeakMap<Contract, Divided>();

function divided(contract: Contract): Divided {
  let parts = known.get(contract);
  if (parts === undefined) {
    const request = contract.fromRequest;
    const features = contract.columns.flatMap((_, i) => (request.includes(i) ? [] : [i]));
    const names = contract.columns.map((column, i) => `${JSON.stringify(columnName(request.includes(i) ? column.field : column.name))}:`);
    known.set(contract, (parts = {
      request, features, names, personal: contract.columns.map((column) => column.personal), keys: keysOf(contract),
      keyNames: contract.lookups.map(({ key }) => `${JSON.stringify(columnName(key.field))}:`), personalKeys: contract.lookups.map(({ key }) => key.personal),
    }));
  }
  return parts;
}

function keysOf({ columns, fromRequest, lookups }: Contract): number[] {
  const seen = new Set(fromRequest.map((i) => columns[i]?.field));
  return lookups.flatMap(({ key }, i) => {
    if (seen.has(key.field)) return [];
    seen.add(key.field);
    return [i];
  });
}

function rowJson(contract: Contract, values: readonly Scalar[], sentKeys: readonly Scalar[]): string {
  const { request, features, names, personal, keys, keyNames, personalKeys } = divided(contract);
  const { pseudonyms } = contract;
  const fields = members(request, names, personal, values, pseudonyms);
  const sent = members(keys, keyNames, personalKeys, sentKeys, pseudonyms);
  return `"request":{${fields}${fields !== "" && sent !== "" ? "," : ""}${sent}},"features":{${members(features, names, personal, values, pseudonyms)}}`;
}

function members(places: readonly number[], names: readonly string[], personal: readonly boolean[], values: readonly Scalar[], pseudonyms: Pseudonyms | null): string {
  let json = "";
  for (const i of places) {
    const value = values[i] ?? null;
    json += `${json === "" ? "" : ","}${names[i] ?? ""}${personal[i] === true && pseudonyms !== null ? quoted(pseudonyms.of(value)) : scalar(value)}`;
  }
  return json;
}

const scalar = (value: Scalar): string => (typeof value === "bigint" ? value.toString() : JSON.stringify(value));
const quoted = (text: string | null): string => (text === null ? "null" : JSON.stringify(text));
