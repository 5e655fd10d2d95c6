/** Services, objectives, rollouts, policies and roles: how a model meets its users. */
import Type from "typebox";
import { Comparison } from "./model.ts";
import { Milliseconds, Origin, Share, named, nullable } from "./origin.ts";

export const Service = Type.Object({
  ...named,
  model: Type.String(),
  batch: Type.Object({ size: Type.Integer({ minimum: 1 }), waitMs: Milliseconds }),
  timeoutMs: Milliseconds,
  /** Name of one of the model's fallbacks. */
  otherwise: nullable(Type.String()),
  /**
   * Predictions are logged to Parquet, flushed this often; null logs nothing. `hashPii`: what is tagged `@pii` is logged as a keyed hash.
   * `retainMs`: how long rows are kept; null: as long as the examples' source keeps its rows.
   */
  log: nullable(Type.Object({ flushMs: Milliseconds, hashPii: Type.Boolean(), retainMs: nullable(Milliseconds) })),
  /** Requests per millisecond, as declared (`volume: 500k / 1d`), for planning; else the examples' source's volume. */
  volumePerMs: nullable(Type.Number()),
});
export type Service = Type.Static<typeof Service>;

export const Indicator = Type.Union([
  Type.Object({ kind: Type.Literal("succeeded") }),
  Type.Object({ kind: Type.Literal("latency"), belowMs: Milliseconds }),
  Type.Object({ kind: Type.Literal("model-age"), belowMs: Milliseconds }),
  Type.Object({ kind: Type.Literal("label-rate"), label: Type.String() }),
]);
export type Indicator = Type.Static<typeof Indicator>;

export const Slo = Type.Object({
  ...named,
  target: Type.Object({ kind: Type.Union([Type.Literal("service"), Type.Literal("model")]), name: Type.String() }),
  indicator: Indicator,
  /** The share (or, for label-rate, the rate) that must be reached. */
  objective: Share,
  windowMs: Milliseconds,
  /** How long an outage lasts, by its parts: until someone knows, until it is decided what to do, until that has worked. */
  respond: nullable(Type.Object({ detectMs: Milliseconds, decideMs: Milliseconds, recoverMs: Milliseconds })),
});
export type Slo = Type.Static<typeof Slo>;

/** `text` is the requirement's source. */
const clause = { origin: Origin, text: Type.String() };
/** control × factor + offset. */
const ControlBound = Type.Object({ kind: Type.Literal("control"), factor: Type.Number(), offset: Type.Number() });
const ConstantBound = Type.Object({ kind: Type.Literal("constant"), value: Type.Number() });

export const StageRequirement = Type.Union([
  /** Rate of failed requests, judged by the e-process. */
  Type.Object({
    ...clause, kind: Type.Literal("error-rate"), comparison: Comparison, bound: Type.Union([ControlBound, ConstantBound]),
    /** The spec leaves it unsaid: it stops harm, and a stage needs no proof of it to pass. */
    implied: Type.Optional(Type.Literal(true)),
  }),
  /** Rate (or mean) of a label over units, judged by the confidence sequence. */
  Type.Object({ ...clause, kind: Type.Literal("label-rate"), label: Type.String(), comparison: Comparison, bound: Type.Union([ControlBound, ConstantBound]) }),
  /** Share of mirrored requests whose prediction differs from the live one by more than `tolerance`. */
  Type.Object({ ...clause, kind: Type.Literal("disagreement"), max: Share, tolerance: Type.Number() }),
  /** Quantile of the candidate's latency. */
  Type.Object({ ...clause, kind: Type.Literal("latency"), quantile: Share, maxMs: Milliseconds }),
]);
export type StageRequirement = Type.Static<typeof StageRequirement>;

export const Stage = Type.Object({
  ...named,
  /** Share of units that the candidate answers; 0 mirrors requests without answering them (shadow). */
  traffic: Share,
  holdMs: Milliseconds,
  /** Users are in the stage no longer than this, pauses and waiting for approvals included; 14 days or four holds unless the spec says so. */
  atMostMs: Milliseconds,
  /** What happens then: back to the version before, or a person is asked and nothing changes. */
  overdue: Type.Union([Type.Literal("roll-back"), Type.Literal("ask")]),
  requirements: Type.Array(StageRequirement),
  /** Role whose approval the stage needs before it may begin. */
  approve: nullable(Type.String()),
});
export type Stage = Type.Static<typeof Stage>;

export const Rollout = Type.Object({
  ...named,
  model: Type.String(),
  service: Type.String(),
  /** Request column whose value keeps a user in one arm; null assigns each request on its own. */
  unit: nullable(Type.String()),
  stages: Type.Array(Stage),
  /** False-alarm rate of a gate and power that a stage is planned for (0.05, 0.8). */
  alpha: Share,
  power: Share,
});
export type Rollout = Type.Static<typeof Rollout>;

export const Role = Type.Object({ ...named, members: Type.Array(Type.String()) });
export type Role = Type.Static<typeof Role>;

export const PolicyRule = Type.Union([
  /** `deny inputs where pii and not hashed`: inputs that carry all of `tags` and none of `unless`. */
  Type.Object({ ...clause, kind: Type.Literal("deny-inputs"), tags: Type.Array(Type.String()), unless: Type.Array(Type.String()) }),
  /** `require approval(role) before stage`. */
  Type.Object({ ...clause, kind: Type.Literal("require-approval"), role: Type.String(), stage: Type.String() }),
]);
export type PolicyRule = Type.Static<typeof PolicyRule>;

export const Policy = Type.Object({ ...named, rules: Type.Array(PolicyRule) });
export type Policy = Type.Static<typeof Policy>;
