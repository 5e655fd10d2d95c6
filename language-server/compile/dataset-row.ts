/**
 * The row of a dataset: what inputs, slices, baselines and fallbacks are written over. A column of the examples is a column; an
 * entity's feature is the column `view.feature`, joined point in time; a row feature is its expression with the
 * request's columns put in.
 */
import type { DatasetColumn, Expression as Code } from "../../grammar/compiled-spec/index.ts";
import {
  isColumn, isDefinition, isFeatures, isRequestShape, isSource,
  type Column, type Dataset, type Definition, type Expression, type Features, type Named, type Source,
} from "../../grammar/generated/ast.ts";
import { ownerOf } from "../language/names.ts";
import { namedBy, valueOf } from "../language/navigate.ts";
import { valueType } from "../types/type.ts";
import { textOf, type Context } from "./context.ts";
import type { Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { keyColumn, originOfView } from "./features.ts";
import { typed, type Typed } from "./typed.ts";

/** What a dataset's row offers for a name, and the columns that it takes. */
export interface RowValue {
  readonly value: Typed;
  readonly columns: readonly DatasetColumn[];
}

export class DatasetRow {
  readonly examples: Source;
  private readonly elaboration: Elaboration;
  private readonly context: Context;

  constructor(examples: Source, elaboration: Elaboration) {
    this.examples = examples;
    this.elaboration = elaboration;
    this.context = elaboration.context;
  }

  /** `at` is where problems are reported. */
  value(node: Column | Definition, at: Expression): RowValue | undefined {
    if (isColumn(node)) return this.column(node, at);
    const view = ownerOf(node);
    if (!isFeatures(view)) return this.context.report(at, "wrong-kind", `\`${textOf(at)}\` is a ${node.$type === "Definition" ? (node.kind ?? "definition") : "column"}, not a feature`);
    return view.entity === undefined ? this.rowFeature(node, view, at) : this.entityFeature(node, view, at);
  }

  column(node: Column, at: Expression): RowValue | undefined {
    if (this.context.names.columnsOf(this.examples).get(node.name) !== node) {
      const owner = ownerOf(node);
      return this.context.report(at, "wrong-kind", `\`${textOf(at)}\` is a column of \`${owner?.name ?? "a request"}\`, but the examples are rows of \`${this.examples.name}\``);
    }
    const [compiled] = this.plain(node);
    if (compiled === undefined) return undefined;
    return { value: typed(compiled.type, { op: "column", type: compiled.type, column: compiled.name }), columns: [compiled] };
  }

  /** A column of the examples' source as it is; none when it does not compile. */
  plain(node: Column): readonly DatasetColumn[] {
    const column = this.elaboration.column(node);
    if (column === undefined) return [];
    const isTime = namedBy(valueOf(this.examples, "time")) === node;
    return [{
      name: column.name, type: column.type, tags: column.tags, origin: column.origin, role: "slice",
      from: { kind: "example", column: column.name, field: isTime ? "at" : column.name },
    }];
  }

  private entityFeature(node: Definition, view: Features, at: Expression): RowValue | undefined {
    const definition = this.elaboration.definition(node);
    const entity = view.entity?.ref;
    if (definition === undefined || entity === undefined) return undefined;
    const key = keyColumn(this.examples, entity.name, this.context);
    if (key === undefined) {
      return this.context.report(at, "missing-key", `\`${view.name}\` belongs to \`${entity.name}\`, but no column of \`${this.examples.name}\` refers to \`${entity.name}\``, {
        hint: `Say which one does: \`id: string -> ${entity.name}\`.`, related: [this.context.related(this.examples, "the examples' source")],
      });
    }
    if (valueOf(this.examples, "time") === undefined) {
      return this.context.report(at, "missing-time", `\`${this.examples.name}\` has no event time, so \`${view.name}\` cannot be looked up as of then`, { related: [this.context.related(this.examples, "the examples' source")] });
    }
    const { type: t, low } = definition.value;
    const name = `${view.name}.${node.name}`;
    const compiled: DatasetColumn = {
      name, type: valueType(t), tags: definition.compiled.tags, origin: definition.compiled.origin, role: "slice",
      from: { kind: "entity-feature", view: view.name, feature: node.name, key: key.name },
    };
    return { value: typed(t, { op: "column", type: valueType(t), column: name }, low), columns: [compiled] };
  }

  private rowFeature(node: Definition, view: Features, at: Expression): RowValue | undefined {
    const definition = this.elaboration.definition(node);
    const origin = originOfView(view);
    if (definition === undefined || origin === undefined) return undefined;
    if (origin.kind === "source" && origin.source !== this.examples) {
      return this.context.report(at, "wrong-kind", `\`${view.name}\` is computed from the rows of \`${origin.source.name}\`, but the examples are rows of \`${this.examples.name}\``, {
        hint: `Features of other sources need an entity: \`features ${view.name} for entity\`.`, related: [this.context.related(view, "the view")],
      });
    }
    const taken = new Map<string, DatasetColumn>();
    const value = this.putIn(definition.value.code, (name) => this.source(name, view, at), taken);
    if (value === undefined) return undefined;
    const nullable = value.type.nullable;
    return { value: typed({ ...definition.value.type, nullable }, value, definition.value.low), columns: [...taken.values()] };
  }

  /** The examples' column that a request's column is in training: of the same name; `at` is the event time. */
  private source(name: string, view: Features, at: Expression): RowValue | undefined {
    const columns = this.context.names.columnsOf(this.examples);
    const time = namedBy(valueOf(this.examples, "time"));
    const isRequest = isRequestShape(valueOf(view, "from"));
    const column = columns.get(name) ?? (isRequest && name === "at" && isColumn(time) ? time : undefined);
    if (column !== undefined) return this.column(column, at);
    return this.context.report(at, "missing-columns", `\`${view.name}\` needs \`${name}\` from the request, but \`${this.examples.name}\` has no such column to train with`, {
      related: [this.context.related(view, "the view"), this.context.related(this.examples, "the examples' source")],
    });
  }

  private putIn(code: Code, find: (name: string) => RowValue | undefined, taken: Map<string, DatasetColumn>): Code | undefined {
    switch (code.op) {
      case "literal": case "aggregate": return code;
      case "column": {
        const found = find(code.column);
        for (const c of found?.columns ?? []) taken.set(c.name, c);
        return found?.value.code;
      }
      case "call": {
        const args = code.args.map((a) => this.putIn(a, find, taken));
        return args.includes(undefined) ? undefined : { ...code, args: args.filter((a) => a !== undefined) };
      }
      case "if": {
        const [when, then, otherwise] = [code.when, code.then, code.else].map((c) => this.putIn(c, find, taken));
        return when && then && otherwise && { ...code, when, then, else: otherwise };
      }
    }
  }
}

export function rowOfDataset(node: Dataset, elaboration: Elaboration): DatasetRow | undefined {
  const examples = elaboration.context.names.examplesOf(node);
  return examples && new DatasetRow(examples, elaboration);
}

/** Expressions over a dataset; the columns they take are added to `taken`. `selectedOnly` allows nothing but the dataset's features. */
export function datasetEnv(node: Dataset, row: DatasetRow, taken: Map<string, DatasetColumn>, elaboration: Elaboration, options: { readonly selectedOnly: boolean; readonly servedAs?: string }): Env {
  const { context } = elaboration;
  const selected = new Set(context.names.selectionOf(node).features.map((f) => f.node));
  const resolve = (named: Named, at: Expression): Typed | undefined => {
    if (!isColumn(named) && !isDefinition(named)) {
      const what = isSource(named) || isFeatures(named) ? `all of \`${named.name}\`` : `a ${named.$type.toLowerCase()}`;
      return context.report(at, "wrong-kind", `\`${textOf(at)}\` is ${what}: name one of the features of \`${node.name}\``);
    }
    if (options.selectedOnly && !selected.has(named)) {
      return context.report(at, "not-in-dataset", `\`${textOf(at)}\` is not among the features of \`${node.name}\``, { hint: "Add it to the dataset's `features`.", related: [context.related(node, "the dataset")] });
    }
    const found = row.value(named, at);
    for (const column of found?.columns ?? []) if (!taken.has(column.name)) taken.set(column.name, column);
    return found?.value;
  };
  return options.servedAs === undefined ? { resolve } : { resolve, servedAs: options.servedAs };
}
