/**
 * The types of the expression language. A row holds the scalar kinds of the compiled spec; while checking there are a few
 * more: a share (`1%`), a size, a rate (`2M / 1d`) and `null` are compiled to numbers or to a literal of the type needed.
 */
import type { ScalarKind, ValueType } from "../../grammar/compiled-spec/index.ts";

export type Kind = ScalarKind | "share" | "size" | "rate" | "null";

export interface Type {
  readonly kind: Kind;
  /** The value may be missing: `string?`. */
  readonly nullable: boolean;
}

export const type = (kind: Kind, nullable = false): Type => ({ kind, nullable });

const columnKinds: Readonly<Record<string, ScalarKind>> = {
  bool: "bool", int: "int", float: "float", decimal: "float", string: "string", timestamp: "timestamp", date: "date", duration: "duration",
};

/** The kind a column type's name stands for. */
export const scalarKind = (name: string): ScalarKind | undefined => (Object.hasOwn(columnKinds, name) ? columnKinds[name] : undefined);

export const isNumeric = (t: Type): boolean => t.kind === "int" || t.kind === "float" || t.kind === "share";
export const isMoment = (t: Type): boolean => t.kind === "timestamp" || t.kind === "date";

/** What the runtime sees: shares are floats, sizes are bytes. */
export function valueType(t: Type): ValueType {
  switch (t.kind) {
    case "share": case "rate": return { kind: "float", nullable: t.nullable };
    case "size": return { kind: "int", nullable: t.nullable };
    case "null": return { kind: "string", nullable: true };
    default: return { kind: t.kind, nullable: t.nullable };
  }
}

/** As it is written: `string?`. */
export const showType = (t: Type): string => (t.kind === "null" ? "null" : `${t.kind}${t.nullable ? "?" : ""}`);

const words: Readonly<Record<Kind, string>> = {
  bool: "a bool", int: "an int", float: "a float", string: "a string", timestamp: "a timestamp", date: "a date", duration: "a duration",
  share: "a share", size: "a size", rate: "a rate", null: "null",
};

/** For messages: "a duration". */
export const inWords = (t: Type): string => words[t.kind];

/** Numbers meet as the wider one; a moment and a day meet as moments; null meets anything. Undefined: they do not meet. */
export function join(a: Type, b: Type): Type | undefined {
  const nullable = a.nullable || b.nullable;
  if (a.kind === "null") return { kind: b.kind, nullable: true };
  if (b.kind === "null") return { kind: a.kind, nullable: true };
  if (a.kind === b.kind) return { kind: a.kind, nullable };
  if (isNumeric(a) && isNumeric(b)) return { kind: "float", nullable };
  return undefined;
}

/** Whether a value of type `from` may stand where `to` is expected. An int may stand for a float; a value that may be missing not for one that may not. */
export function isAssignable(from: Type, to: Type): boolean {
  if (from.nullable && !to.nullable) return false;
  if (from.kind === "null") return to.nullable;
  if (from.kind === to.kind) return true;
  return to.kind === "float" && isNumeric(from);
}

export const comparable = (a: Type, b: Type): boolean => a.kind === b.kind || (isNumeric(a) && isNumeric(b)) || (isMoment(a) && isMoment(b));
