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

/**
 * Whether a NaN or a denormal number occurs within: there, and only there, the two may differ (NaN in comparisons, see
 * `runtime/preprocess/expression.ts`; ONNX Runtime sessions flush denormals to zero).
 */
export function meetsOddFloat(e: Expression): string {
  const floats = parts(e).filter((part) => part.type.kind === "float").map((part) => expressionSql(part));
  const odd = floats.map((x) => `coalesce(isnan(${x}) OR abs(${x}) BETWEEN 4e-324 AND 2.3e-308, FALSE)`);
  return [...odd, "FALSE"].join(" OR ");
}
