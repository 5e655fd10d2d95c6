/** Where SQL and ONNX may differ. */
import type { Expression } from "../../../grammar/compiled-spec/index.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";

function parts(e: Expression): Expression[] {
  switch (e.op) {
    case "call": return [e, ...e.args.flatMap(parts)];
    case "if": return [e, ...[e.when, e.then, e.else].flatMap(parts)];
    default: return [e];
  }
}

/** SQL: whether a NaN occurs within. There, and only there, comparisons may differ (see `runtime/preprocess/expression.ts`). */
export function meetsNaN(e: Expression): string {
  const floats = parts(e).filter((part) => part.type.kind === "float").map((part) => expressionSql(part));
  return [...floats.map((x) => `coalesce(isnan(${x}), FALSE)`), "FALSE"].join(" OR ");
}
