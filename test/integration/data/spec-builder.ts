/** Small compiled specs for tests of the data layer, without going through the language. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { existsSync } from "node:fs";
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import type {
  Aggregate, Column, CompiledSpec, Dataset, Expectation, Expression, FeatureView, Label, Reader, ScalarKind, Source, ValueType,
} from "../../../grammar/compiled-spec/index.ts";

export const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const named = (name: string) => ({ name, doc: null, origin, at: {} });

/** `"int"`, `"float?"`. */
export function type(text: string): ValueType {
  return { kind: text.replace("?", "") as ScalarKind, nullable: text.endsWith("?") };
}

export const literal = (kind: string, value: boolean | number | string | null): Expression => ({ op: "literal", type: type(kind), value });
export const col = (column: string, kind: string): Expression => ({ op: "column", type: type(kind), column });
export const call = (fn: string, kind: string, ...args: Expression[]): Expression => ({ op: "call", type: type(kind), fn, args });
/** The value of an aggregate. */
export const valueOf = (of: Aggregate): Expression => ({ op: "aggregate", type: of.type, aggregate: of });

export function column(name: string, kind: string, extra: Partial<Column> = {}): Column {
  return { ...named(name), type: type(kind), entity: null, tags: [], physical: name, value: null, ...extra };
}

export function csv(paths: string[], extra: Partial<Extract<Reader, { format: "csv" }>> = {}): Reader {
  return { format: "csv", paths, delimiter: null, quote: null, header: null, missing: [], skip: 0, ...extra };
}

export function source(name: string, read: Reader, columns: Column[], extra: Partial<Source> = {}): Source {
  return {
    ...named(name), at: { read: { file: 0, range: [4, 2, 4, 8] } }, read, folder: "/", time: null, latenessMs: 0, volumePerMs: null, retainMs: null,
    purpose: [], columns, expect: [], ...extra,
  };
}

export function aggregate(fn: Aggregate["fn"], kind: string, window: { fromMs: number | null; toMs?: number }, argument: Expression | null = null, where: Expression | null = null): Aggregate {
  return { fn, argument, where, window: { fromMs: window.fromMs, toMs: window.toMs ?? 0 }, type: type(kind) };
}

export function view(name: string, entity: string, from: string, definitions: Record<string, Aggregate>, extra: Partial<FeatureView> = {}): FeatureView {
  return {
    ...named(name), entity, from: { kind: "source", source: from }, where: null, refreshMs: null, maxAgeMs: null, online: true, owner: null,
    definitions: Object.entries(definitions).map(([feature, a]) => ({
      ...named(feature), type: a.type, tags: [], value: valueOf(a),
    })),
    ...extra,
  };
}

export function rowLabel(name: string, of: string, kind: string, value: Expression): Label {
  return { ...named(name), of, type: type(kind), rule: { kind: "row", value } };
}

export function dataset(name: string, examples: string, label: string, extra: Partial<Dataset> = {}): Dataset {
  return {
    ...named(name), examples, where: null, onePer: [], label, columns: [], features: [], weight: null,
    split: { kind: "time", train: 0.8, validate: 0.1, test: 0.1 }, test: null, quarantines: [], ...extra,
  };
}

export function fromExample(name: string, kind: string): Dataset["columns"][number] {
  return { name, type: type(kind), tags: [], origin, role: "feature", from: { kind: "example", column: name, field: name } };
}

export function fromView(viewName: string, feature: string, key: string, kind: string): Dataset["columns"][number] {
  return { name: `${viewName}.${feature}`, type: type(kind), tags: [], origin, role: "feature", from: { kind: "entity-feature", view: viewName, feature, key } };
}

export const each = (text: string, condition: Expression, maxShare = 0): Expectation => ({ origin, text, kind: "each", condition, maxShare });

export function spec(parts: Partial<CompiledSpec>): CompiledSpec {
  return {
    version: compiledSpecVersion, files: [{ path: "shop.mlspec", sha256: "" }], entities: [], sources: [], features: [], labels: [], datasets: [], models: [],
    evaluations: [], services: [], slos: [], rollouts: [], policies: [], roles: [], suppressions: [], ...parts,
  };
}

/** A folder for one test file, with a way to put files in it. */
export function workspace(): { folder: string; file: (name: string, content: string | Uint8Array) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-data-test-"));
  return {
    folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove() { rmSync(folder, { recursive: true, force: true }); },
  };
}

/** Real data sets; null where they are not on this machine. */
export function realData(): string | null {
  const folder = process.env["MLSPEC_DATA"] ?? resolve(import.meta.dirname, "../../../../shared/data");
  return existsSync(join(folder, "adult")) ? folder : null;
}
