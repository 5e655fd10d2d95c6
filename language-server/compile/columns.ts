/** Columns of sources and requests, and rows made of them. */
import { isColumn, isRequestShape, type Column, type Expression, type Named, type TypeRef } from "../../grammar/generated/ast.ts";
import { columnsIn, type Column as CompiledColumn, type Expression as Code, type Tag } from "../../grammar/compiled-spec/index.ts";
import { nearest } from "../language/suggest.ts";
import type { NameTable } from "../language/names.ts";
import { inWords, isAssignable, isNumeric, scalarKind, showType, type, valueType, type Type } from "../types/type.ts";
import { columnTypes } from "../vocabulary/index.ts";
import { tagNames } from "../vocabulary/index.ts";
import type { Annotation } from "../../grammar/generated/ast.ts";
import { textOf, type Context } from "./context.ts";
import type { Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { severalValues } from "./same-in-every-row.ts";
import { toFloat, typed, type Typed } from "./typed.ts";

/** What other languages call their types. */
const elsewhere: Readonly<Record<string, string>> = {
  text: "string", str: "string", varchar: "string", char: "string", object: "string", integer: "int", long: "int", bigint: "int", int64: "int", int32: "int", boolean: "bool",
  double: "float", real: "float", number: "float", numeric: "decimal", float64: "float", float32: "float", datetime: "timestamp", time: "timestamp", interval: "duration", timedelta: "duration",
};

export function readType(node: TypeRef | undefined, context: Context): Type | undefined {
  if (node === undefined || typeof node.name !== "string") return undefined;
  const kind = scalarKind(node.name);
  if (kind !== undefined) return type(kind, node.nullable);
  const known = columnTypes.map((t) => t.name);
  const suggestion = elsewhere[node.name.toLowerCase()] ?? nearest(node.name, known);
  return context.report(node, "unknown-type", `unknown type \`${node.name}\`${suggestion === undefined ? "" : `: did you mean \`${suggestion}\`?`}`, {
    property: "name", suggestion, hint: `Types are ${known.join(", ")}; \`?\` behind one says that values may be missing.`,
  });
}

export function readTags(annotations: readonly Annotation[], context: Context): Tag[] {
  const named = annotations.filter((a) => typeof a.name === "string");
  return named.filter((a, i) => !reportRepeated(a, named.slice(0, i), context)).map((a) => {
    if (!tagNames.includes(a.name)) {
      const suggestion = nearest(a.name, tagNames);
      context.report(a, "unknown-tag", `no check or policy knows the tag \`@${a.name}\`${suggestion === undefined ? "" : `: did you mean \`@${suggestion}\`?`}`, {
        property: "name", suggestion, severity: "warning", hint: `Known tags are ${tagNames.map((t) => `@${t}`).join(", ")}.`,
      });
    }
    return { name: a.name, argument: a.argument ?? null };
  });
}

/** True for a tag that stands there already. */
function reportRepeated(tag: Annotation, before: readonly Annotation[], context: Context): boolean {
  const first = before.find((other) => other.name === tag.name);
  if (first === undefined) return false;
  if (first.argument === tag.argument) context.report(tag, "no-effect", `\`${textOf(tag)}\` is there already`, { severity: "warning", hint: "Leave it out." });
  else context.report(tag, "duplicate-property", `\`@${tag.name}\` is given twice: \`${textOf(first)}\` and \`${textOf(tag)}\``, { hint: "Leave one out." });
  return true;
}

export function compileColumn(node: Column, elaboration: Elaboration): CompiledColumn | undefined {
  const { context } = elaboration;
  const declared = readType(node.type, context);
  const tags = readTags(node.annotations, context);
  if (node.value !== undefined && isRequestShape(node.$container)) return context.report(node.value, "misplaced-item", "a request brings its columns: they cannot be computed");
  if (node.physical !== undefined && node.value !== undefined) {
    context.report(node, "misplaced-item", `\`${node.name}\` is computed: no column of the file is read for it`, { property: "physical", hint: "Leave out `from …`, or `= …`." });
  }
  if (node.physical !== undefined && isRequestShape(node.$container)) context.report(node, "misplaced-item", "a request has no file: its columns have no other names there", { property: "physical", hint: "Leave out `from …`." });
  if (declared === undefined || typeof node.name !== "string") return undefined;
  const value = node.value === undefined ? null : computed(node, node.value, declared, elaboration);
  if (value === undefined) return undefined;
  return {
    ...context.named(node, node.value === undefined ? {} : { value: node.value }),
    type: valueType(declared), entity: node.entity?.ref?.name ?? null, tags, physical: node.physical ?? node.name,
    value: value?.code ?? null,
  };
}

/** A computed column may use other columns; computed ones among them are put in, so that their order does not matter. */
function computed(node: Column, expression: Expression, declared: Type, elaboration: Elaboration): Typed | undefined {
  const { context } = elaboration;
  const value = check(expression, { resolve: (named) => otherColumn(named, elaboration) }, context);
  if (value === undefined || (columnsIn(value.code).size > 0 && severalValues(value, expression, context) === undefined)) return undefined;
  return fitTo(value, declared, expression, `\`${node.name}\``, context);
}

function otherColumn(named: Named, elaboration: Elaboration): Typed | undefined {
  if (!isColumn(named)) return undefined;
  const column = elaboration.column(named);
  if (column === undefined) return undefined;
  return typed(column.type, column.value ?? { op: "column", type: column.type, column: column.name });
}

/** The value as the declared type, or a report that it is something else. */
export function fitTo(value: Typed, declared: Type, at: Expression, what: string, context: Context): Typed | undefined {
  if (value.type.kind === "null" && declared.nullable) return typed(declared, { op: "literal", type: valueType(declared), value: null });
  if (declared.kind === "float" && value.type.kind === "int" && (!value.type.nullable || declared.nullable)) return toFloat(value);
  if (isAssignable(value.type, declared)) return value;
  if (value.type.nullable && isAssignable({ ...value.type, nullable: false }, declared)) {
    return context.report(at, "type-mismatch", `${what} is declared as ${showType(declared)}, but this value may be missing`, {
      hint: `Declare \`${showType({ ...declared, nullable: true })}\`, or say what stands in: \`coalesce(${textOf(at)}, …)\`.`,
    });
  }
  const hint = declared.kind !== "duration" ? undefined : isNumeric(value.type) ? `A duration has a unit: \`${textOf(at)} * 1s\`, or a number of milliseconds \`${textOf(at)} * 1ms\`.` : "A duration is written with its unit, such as `10m`.";
  return context.report(at, "type-mismatch", `${what} is declared as ${showType(declared)}, but this is ${inWords(value.type)}`, { hint });
}

/** The row of a source or request: its columns by identity, so that columns taken over from another source are found too. */
export function rowEnv(row: NameTable, elaboration: Elaboration, whose: string, more: Partial<Env> = {}): Env {
  return {
    resolve: (named, at) => {
      if (isColumn(named) && row.get(named.name) === named) {
        const column = elaboration.column(named);
        return column && typed(column.type, constantOf(column) ?? { op: "column", type: column.type, column: column.name });
      }
      return notInRow(named, at, whose, elaboration.context);
    },
    names: () => row.keys(),
    ...more,
  };
}

/** What a computed column is in every row: `c: float = 0`. Then its name stands for that, wherever it stands. Null: it depends on the row. */
export const constantOf = ({ value }: CompiledColumn): Code | null => (value === null || columnsIn(value).size > 0 ? null : value);

export function notInRow(named: Named, at: Expression, whose: string, context: Context): undefined {
  const kind = isColumn(named) ? "a column of another source" : `a ${named.$type === "Definition" ? "definition" : named.$type.toLowerCase()}`;
  return context.report(at, "wrong-kind", `\`${textOf(at)}\` is ${kind}: only columns of ${whose} can stand here`);
}
