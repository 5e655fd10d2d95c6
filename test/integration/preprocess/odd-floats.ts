/** Where SQL and ONNX may differ. */
import { everyPart, type Expression } from "../../../grammar/compiled-spec/index.ts";

/** Whatever within an expression may be NaN. */
export const floatsIn = (e: Expression): Expression[] => [...everyPart([e])].filter((part) => part.type.kind === "float");

/** SQL: whether a NaN occurs within. There, and only there, comparisons may differ (see `runtime/preprocess/expression.ts`). */
export function meetsNaN(e: Expression, sql: (part: Expression) => string): string {
  return [...floatsIn(e).map((part) => `coalesce(isnan(${sql(part)}), FALSE)`), "FALSE"].join(" OR ");
}
