import type { Call, Expression, Named } from "../../grammar/generated/ast.ts";
import type { Typed } from "./typed.ts";

/** What names and special calls mean where an expression stands. */
export interface Env {
  /** What a name stands for in this row. Reports when the name may not stand here. */
  readonly resolve: (named: Named, at: Expression) => Typed | undefined;
  /** What may be named here, without its owner. */
  readonly names?: () => Iterable<string>;
  /** Calls with a meaning of their own here, such as aggregates; `null` when the call is an ordinary function. */
  readonly call?: (call: Call) => Typed | undefined | null;
  /** Where the expression also runs inside `model.onnx`: said in the message when a function cannot. */
  readonly servedAs?: string;
}
