/**
 * Expression → ONNX nodes: the counterpart of `runtime/data/sql`, with the same answers (a differential test compares them).
 *
 * A float is DOUBLE throughout, as in SQL; only the finished features are cut to FLOAT. int, duration (ms), timestamp and
 * date (both µs since 1970) are INT64. A null is `present` = false, and its `value` is anything. What has no answer
 * (division by zero, logarithm of a negative number, a sum beyond 64 bits) is null. Infinities travel as in SQL; only where a NaN
 * (∞ − ∞) is compared do the two differ: to SQL it equals itself and exceeds everything.
 */
import { fold, partsOf, type Call, type Conditional, type Expression, type Literal } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { isHash } from "./columns.ts";
import { choose, converted, microsecondsPerDay, type Emitted } from "./emitted.ts";
import { functionEmitters } from "./functions.ts";
import { hashText } from "./hash.ts";
import type { Operators } from "./operators.ts";
import { microsecondsOf } from "./timestamp.ts";

export interface ExpressionScope {
  readonly operators: Operators;
  /** A raw input; of a text either itself or its hash. */
  column(name: string, hashed: boolean): Emitted;
}

/** With `hashed` every text in the expression is replaced by its hash. */
export type Emitter = (expression: Expression, hashed?: boolean) => Emitted;

/** Emits expressions into the scope's graph; a part that several of them have is there once. */
export function emitterOf(scope: ExpressionScope): Emitter {
  const byHash = fold<Emitted>((part, of) => emit(scope, part, of, true));
  // What stands in `hashed(…)` is emitted by its hash, and so not among the parts that are emitted as they are.
  const asItIs = fold<Emitted>(
    (part, of) => emit(scope, part, isHash(part) ? byHash : of, false),
    (part) => (isHash(part) ? [] : partsOf(part)),
  );
  return (expression, hashed = false) => (hashed ? byHash : asItIs)(expression);
}

type Of = (part: Expression) => Emitted;

function emit(scope: ExpressionScope, expression: Expression, of: Of, hashed: boolean): Emitted {
  switch (expression.op) {
    case "literal": return emitLiteral(scope.operators, expression, hashed);
    case "column": return scope.column(expression.column, hashed && expression.type.kind === "string");
    case "if": return emitConditional(scope, expression, of);
    case "call": return emitCall(scope, expression, of);
    case "aggregate": throw new MlspecError("expression-not-servable", "An aggregate over events cannot run inside a model: select it as a feature of an entity.");
  }
}

function emitCall(scope: ExpressionScope, call: Call, of: Of): Emitted {
  const emitFunction = functionEmitters[call.fn];
  if (emitFunction === undefined) throw new MlspecError("expression-not-servable", `The function '${call.fn}' cannot run inside a model.`, { hint: "Compute it in the source's columns, where any function may stand." });
  return emitFunction(scope.operators, call.args.map(of), call.type.kind);
}

function emitConditional({ operators: o }: ExpressionScope, { when, then, else: otherwise, type }: Conditional, of: Of): Emitted {
  const condition = of(when);
  const holds = condition.present === null ? condition.value : o.and(condition.value, condition.present);
  const [yes, no] = [then, otherwise].map((branch) => converted(o, of(branch), type.kind)) as [Emitted, Emitted];
  return choose(o, holds, yes, no);
}

function emitLiteral(o: Operators, { type: { kind }, value }: Literal, hashed: boolean): Emitted {
  const present = value === null ? o.bool(false) : null;
  switch (kind) {
    case "bool": return { kind, present, value: o.bool(value === true || value === "true") };
    case "float": return { kind, present, value: o.double(Number(value ?? 0)), ...known(value) };
    case "int": case "duration": {
      const whole = Math.trunc(Number(value ?? 0));
      return { kind, present, value: o.int(BigInt(whole)), ...known(value === null ? null : whole) };
    }
    case "string": {
      const text = value === null ? "" : String(value);
      return hashed ? { kind, present, value: o.int(hashText(text)), hashed: true } : { kind, present, value: o.text(text) };
    }
    case "timestamp": case "date": return { kind, present, value: o.int(value === null ? 0 : momentOf(String(value), kind)) };
  }
}

const known = (value: unknown): Pick<Emitted, "literal"> => (typeof value === "number" ? { literal: value } : {});

function momentOf(text: string, kind: "timestamp" | "date"): bigint {
  const microseconds = microsecondsOf(text);
  if (microseconds === null) throw new MlspecError("literal-invalid", `'${text}' is no ${kind}.`);
  const day = BigInt(microsecondsPerDay);
  return kind === "date" ? microseconds - (((microseconds % day) + day) % day) : microseconds;
}
