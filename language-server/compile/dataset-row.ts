/**
 * The row of a dataset: what inputs, slices, baselines and fallbacks are written over. A column of the examples is a column; an
 * entity's feature is the column `view.feature`, joined point in time; a row feature is its expression with the
 * request's columns put in.
 */
import { columnsIn, rewriting, type DatasetColumn, type Expression as Code } from "../../grammar/compiled-spec/index.ts";
import {
  isColumn, isDefinition, isFeatures, isRequestShape, isSource,
  type Column, type Dataset, type Definition, type Expression, type Features, type Named, type Source,
} from "../../grammar/generated/ast.ts";
import { ownerOf } from "../language/names.ts";
import { namedBy, valueOf } from "../language/navigate.ts";
import { valueType } from "../types/type.ts";
import { textOf, type Context } from "./context.ts";
import type { DatasetRow, Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { constantOf } from "./columns.ts";
import { keyColumns, originOfView, reportSeveral } from "./features.ts";
import { RequestFields } from "./request-fields.ts";
import type { TakenColumns } from "./taken-columns.ts";
import { typed, type Typed } from "./typed.ts";

/** One for all who read the row: what is put in for a request's columns is put in once. */
export class ExamplesRow implements DatasetRow {
  readonly examples: Source;
  private readonly elaboration: Elaboration;
  private readonly context: Context;
  /** Every column that something of this row was found to be. */
  private readonly columns = new Map<string, DatasetColumn>();
  private readonly requests: RequestFields;
  private readonly putIn = new Map<Features, (code: Code) => Code>();

  constructor(examples: Source, elaboration: Elaboration) {
    this.examples = examples;
    this.elaboration = elaboration;
    this.context = elaboration.context;
    this.requests = new RequestFields(examples, elaboration);
  }

  value(node: Column | Definition, at: Expression, taken: TakenColumns): Typed | undefined {
    if (isColumn(node)) return this.column(node, at, taken);
    const view = ownerOf(node);
    if (!isFeatures(view)) return this.context.report(at, "wrong-kind", `\`${textOf(at)}\` is a ${node.$type === "Definition" ? (node.kind ?? "definition") : "column"}, not a feature`);
    return view.entity === undefined ? this.rowFeature(node, view, at, taken) : this.entityFeature(node, view, at, taken);
  }

  column(node: Column, at: Expression, taken: TakenColumns): Typed | undefined {
    if (this.context.names.columnsOf(this.examples).get(node.name) !== node) {
      const owner = ownerOf(node);
      return this.context.report(at, "wrong-kind", `\`${textOf(at)}\` is a column of \`${owner?.name ?? "a request"}\`, but the examples are rows of \`${this.examples.name}\``);
    }
    const column = this.elaboration.column(node);
    const constant = column && constantOf(column);
    if (column !== undefined && constant) return typed(column.type, constant);
    const compiled = this.plain(node);
    if (compiled !== undefined) taken.add(compiled);
    return compiled && referenceTo(compiled);
  }

  plain(node: Column): DatasetColumn | undefined {
    const column = this.elaboration.column(node);
    if (column === undefined) return undefined;
    const isTime = namedBy(valueOf(this.examples, "time")) === node;
    return this.known({
      name: column.name, type: column.type, tags: column.tags, origin: column.origin, role: "slice",
      from: { kind: "example", column: column.name, field: isTime ? this.timeField() : column.name },
    });
  }

  /** What a request calls the event time, where no view says so: `at`, unless another column is called that. */
  private timeField(): string {
    const time = namedBy(valueOf(this.examples, "time"));
    const called = this.context.names.columnsOf(this.examples).get("at");
    return isColumn(time) && called !== undefined && called !== time ? time.name : "at";
  }

  private known(column: DatasetColumn): DatasetColumn {
    const known = this.columns.get(column.name) ?? column;
    this.columns.set(column.name, known);
    return known;
  }

  private entityFeature(node: Definition, view: Features, at: Expression, taken: TakenColumns): Typed | undefined {
    const definition = this.elaboration.definition(node);
    const entity = view.entity?.ref;
    if (definition === undefined || entity === undefined) return undefined;
    const keys = keyColumns(this.examples, entity.name, this.context);
    if (keys.length > 1) return reportSeveral(at, this.examples, entity.name, keys, `whose \`${view.name}\` is looked up`, this.context);
    const [key] = keys;
    if (key === undefined) {
      return this.context.report(at, "missing-key", `\`${view.name}\` belongs to \`${entity.name}\`, but no column of \`${this.examples.name}\` refers to \`${entity.name}\``, {
        hint: `Say which one does: \`id: string -> ${entity.name}\`.`, related: [this.context.related(this.examples, "the examples' source")],
      });
    }
    if (valueOf(this.examples, "time") === undefined) {
      return this.context.report(at, "missing-time", `\`${this.examples.name}\` has no event time, so \`${view.name}\` cannot be looked up as of then`, { related: [this.context.related(this.examples, "the examples' source")] });
    }
    const { type: t, low } = definition.value;
    const compiled = this.known({
      name: `${view.name}.${node.name}`, type: valueType(t), tags: definition.compiled.tags, origin: definition.compiled.origin, role: "slice",
      from: { kind: "entity-feature", view: view.name, feature: node.name, key: key.name },
    });
    taken.add(compiled);
    return typed(t, referenceTo(compiled).code, low);
  }

  private rowFeature(node: Definition, view: Features, at: Expression, taken: TakenColumns): Typed | undefined {
    const definition = this.elaboration.definition(node);
    const origin = originOfView(view);
    if (definition === undefined || origin === undefined) return undefined;
    if (origin.kind === "source" && origin.source !== this.examples) {
      return this.context.report(at, "wrong-kind", `\`${view.name}\` is computed from the rows of \`${origin.source.name}\`, but the examples are rows of \`${this.examples.name}\``, {
        hint: `Features of other sources need an entity: \`features ${view.name} for entity\`.`, related: [this.context.related(view, "the view")],
      });
    }
    if (origin.kind === "request" && !this.requests.check(view, origin.columns, (name) => this.source(name, view), at)) return undefined;
    const needed = [...columnsIn(definition.value.code)];
    if (needed.some((name) => this.requested(name, view) === undefined)) return undefined;
    const value = this.inRow(definition.value.code, view);
    const declared = new Set(origin.kind === "request" ? origin.columns.map(({ name }) => name) : []);
    taken.addReadBy(value, (name) => underDeclaredName(this.columns.get(name), declared));
    return typed({ ...definition.value.type, nullable: value.type.nullable }, value, definition.value.low);
  }

  /** The examples' column that a request's column is in training: of the same name; `at` is the event time. */
  private source(name: string, view: Features): Column | undefined {
    const time = namedBy(valueOf(this.examples, "time"));
    const isRequest = isRequestShape(valueOf(view, "from"));
    return this.context.names.columnsOf(this.examples).get(name) ?? (isRequest && name === "at" && isColumn(time) ? time : undefined);
  }

  private requested(name: string, view: Features): DatasetColumn | undefined {
    const column = this.source(name, view);
    return column && this.plain(column);
  }

  /** With the dataset's columns in place of the view's. */
  private inRow(code: Code, view: Features): Code {
    const known = this.putIn.get(view) ?? rewriting((part) => {
      const column = part.op === "column" ? this.requested(part.column, view) : undefined;
      return column === undefined ? null : referenceTo(column).code;
    });
    this.putIn.set(view, known);
    return known(code);
  }
}

/** The event time as a field of its own name, where a request declares that. */
function underDeclaredName(column: DatasetColumn | undefined, declared: ReadonlySet<string>): DatasetColumn | undefined {
  if (column?.from.kind !== "example" || !declared.has(column.name)) return column;
  return { ...column, from: { ...column.from, field: column.name } };
}

const referenceTo = ({ name, type: t }: DatasetColumn): Typed => typed(t, { op: "column", type: t, column: name });

export function rowOfDataset(node: Dataset, elaboration: Elaboration): DatasetRow | undefined {
  const examples = elaboration.context.names.examplesOf(node);
  return examples && elaboration.rowOf(examples);
}

/** Expressions over a dataset; the columns they take are added to `taken`. `selectedOnly` allows nothing but the dataset's features. */
export function datasetEnv(node: Dataset, row: DatasetRow, taken: TakenColumns, elaboration: Elaboration, options: { readonly selectedOnly: boolean; readonly servedAs?: string }): Env {
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
    return row.value(named, at, taken);
  };
  const names = (): string[] => [...selected].map((feature) => feature.name);
  return options.servedAs === undefined ? { resolve, names } : { resolve, names, servedAs: options.servedAs };
}
