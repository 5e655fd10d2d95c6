/**
 * The one expression language, compiled. It is plain data: DuckDB SQL (`runtime/data/sql`) and ONNX
 * (`runtime/preprocess/expression.ts`) are both generated from it, and a differential test proves that they agree.
 *
 * In memory an expression is a graph: a part that is named twice is one object, never changed, and `walk.ts` has the ways through
 * it. As JSON (`packed.ts`) such a part stands in a table, once.
 */
import Type from "typebox";

/**
 * Scalar types at run time.
 * `timestamp`: UTC, microsecond resolution. `date`: UTC midnight. `duration`: milliseconds.
 * `int`: 64-bit, exact up to 2^53 in JSON. `decimal`s in a spec are compiled to `float`.
 */
export const ScalarKind = Type.Union([
  Type.Literal("bool"),
  Type.Literal("int"),
  Type.Literal("float"),
  Type.Literal("string"),
  Type.Literal("timestamp"),
  Type.Literal("date"),
  Type.Literal("duration"),
]);
export type ScalarKind = Type.Static<typeof ScalarKind>;

export const ValueType = Type.Object({ kind: ScalarKind, nullable: Type.Boolean() });
export type ValueType = Type.Static<typeof ValueType>;

/** A constant. Timestamps and dates are ISO-8601 strings in UTC, durations are milliseconds, SQL null is `null`. */
export interface Literal {
  readonly op: "literal";
  readonly type: ValueType;
  readonly value: boolean | number | string | null;
}

/** A column of the row in scope: of a source, of an example, or of a model's signature, by where the expression stands. */
export interface ColumnRef {
  readonly op: "column";
  readonly type: ValueType;
  readonly column: string;
}

/** A point-in-time aggregate over events. Only inside a feature of an entity, and in a label over later events. */
export interface AggregateValue {
  readonly op: "aggregate";
  readonly type: ValueType;
  readonly aggregate: Aggregate;
}

/** A call of a built-in function; every infix operator is one (see `functions.ts` for names, types and meaning). */
export interface Call {
  readonly op: "call";
  readonly type: ValueType;
  readonly fn: string;
  readonly args: readonly Expression[];
}

/** `if … then … else …`; a condition that is null counts as false. */
export interface Conditional {
  readonly op: "if";
  readonly type: ValueType;
  readonly when: Expression;
  readonly then: Expression;
  readonly else: Expression;
}

export type Expression = Literal | ColumnRef | AggregateValue | Call | Conditional;

/** The window [example time + from, example time + to), in milliseconds; `from` null reaches back to the beginning. */
export const Window = Type.Object({ fromMs: Type.Union([Type.Number(), Type.Null()]), toMs: Type.Number() });
export type Window = Type.Static<typeof Window>;

export const AggregateName = Type.Union([
  Type.Literal("count"),
  Type.Literal("sum"),
  Type.Literal("avg"),
  Type.Literal("min"),
  Type.Literal("max"),
  Type.Literal("last"),
  Type.Literal("distinct"),
  Type.Literal("share"),
]);
export type AggregateName = Type.Static<typeof AggregateName>;

/**
 * A point-in-time aggregate over the events of one entity.
 * An event counts when it was known before the example: event time + lateness < example time + window.to.
 * Over no events `count` and `distinct` are 0, everything else is null. `share(x)` is the mean of a bool.
 */
export interface Aggregate {
  readonly fn: AggregateName;
  /** Over the columns of an event, as `where` is. */
  readonly argument: Expression | null;
  readonly where: Expression | null;
  readonly window: Window;
  readonly type: ValueType;
}

/** In JSON: an entry of the enclosing table `expressions` (see `packed.ts`). Readers meet it only before `unpacked`. */
export interface SharedPart {
  readonly op: "shared";
  readonly index: number;
}

const Self = Type.Ref("Expression");
export const Expression = Type.Unsafe<Expression>(
  Type.Cyclic(
    {
      Expression: Type.Union([
        Type.Object({
          op: Type.Literal("literal"),
          type: ValueType,
          value: Type.Union([Type.Boolean(), Type.Number(), Type.String(), Type.Null()]),
        }),
        Type.Object({ op: Type.Literal("column"), type: ValueType, column: Type.String() }),
        Type.Object({
          op: Type.Literal("aggregate"),
          type: ValueType,
          aggregate: Type.Object({
            fn: AggregateName,
            argument: Type.Union([Self, Type.Null()]),
            where: Type.Union([Self, Type.Null()]),
            window: Window,
            type: ValueType,
          }),
        }),
        Type.Object({ op: Type.Literal("call"), type: ValueType, fn: Type.String(), args: Type.Array(Self) }),
        Type.Object({ op: Type.Literal("if"), type: ValueType, when: Self, then: Self, else: Self }),
        Type.Object({ op: Type.Literal("shared"), index: Type.Integer({ minimum: 0 }) }),
      ]),
    },
    "Expression",
  ),
);
