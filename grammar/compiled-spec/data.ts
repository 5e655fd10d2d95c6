/** Entities, sources, features, labels, datasets: what is known, and when. */
import Type from "typebox";
import { Expression, ValueType } from "./expression.ts";
import { Milliseconds, Origin, Share, named, nullable } from "./origin.ts";

export const Entity = Type.Object({ ...named, key: Type.String() });
export type Entity = Type.Static<typeof Entity>;

/** How times and dates are written in texts (`%d.%m.%y`), the first that fits; ISO 8601 when absent. */
const times = Type.Optional(Type.Array(Type.String(), { minItems: 1 }));

/** The encoding of texts, as the Encoding Standard calls it (`windows-1252`); absent is UTF-8, or UTF-16 where the file has its mark. */
const encoding = Type.Optional(Type.String());

/** Columns that a file lacks come from the folders `name=value` of its path; absent is false. */
const partitions = Type.Optional(Type.Literal(true));

/** How the files of a source are read. Paths are relative to the declaring file's folder, or absolute, or URLs; folders and globs allowed. */
export const Reader = Type.Union([
  Type.Object({
    format: Type.Literal("csv"),
    paths: Type.Array(Type.String(), { minItems: 1 }),
    /** 1 to 4 characters. */
    delimiter: nullable(Type.String()),
    quote: nullable(Type.String()),
    header: nullable(Type.Boolean()),
    /** Texts that stand for a missing value, besides the empty one. */
    missing: Type.Array(Type.String()),
    /** Lines to skip before the header. */
    skip: Type.Integer({ minimum: 0 }),
    times,
    encoding,
    /** What stands before a number's fraction; absent is a point. */
    decimal: Type.Optional(Type.String()),
    /** What groups a number's digits by three; absent is nothing. */
    thousands: Type.Optional(Type.String()),
    partitions,
  }),
  Type.Object({ format: Type.Literal("parquet"), paths: Type.Array(Type.String(), { minItems: 1 }), partitions }),
  Type.Object({ format: Type.Literal("json"), paths: Type.Array(Type.String(), { minItems: 1 }), times, encoding, partitions }),
]);
export type Reader = Type.Static<typeof Reader>;

export const Tag = Type.Object({ name: Type.String(), argument: nullable(Type.String()) });
export type Tag = Type.Static<typeof Tag>;

export const Column = Type.Object({
  ...named,
  type: ValueType,
  /** The entity whose key this column holds (`sku: string -> product`). */
  entity: nullable(Type.String()),
  /** `@pii`, `@protected`, `@unit(USD)` … */
  tags: Type.Array(Tag),
  /** The column's name in the file where it differs (`education_num: int from "education-num"`). */
  physical: Type.String(),
  /** Computed from other columns of the row (`at: timestamp = timestamp(day) + hour * 1h`), else null. */
  value: nullable(Expression),
});
export type Column = Type.Static<typeof Column>;

const contract = { origin: Origin, text: Type.String() };
/** A data contract's clause; `text` is its source, for reports. Shares are 0 to 1. Bounds are inclusive, unless `strict`; null is open. */
export const Expectation = Type.Union([
  Type.Object({ ...contract, kind: Type.Literal("rows"), low: nullable(Type.Number()), high: nullable(Type.Number()), perMs: nullable(Milliseconds) }),
  Type.Object({ ...contract, kind: Type.Literal("missing"), column: Type.String(), max: Share, strict: Type.Optional(Type.Literal(true)) }),
  Type.Object({ ...contract, kind: Type.Literal("distinct"), column: Type.String(), low: nullable(Type.Number()), high: nullable(Type.Number()) }),
  /** Every row must satisfy it; at most `maxShare` may not (less than that, where `strict`). A null condition counts as satisfied. */
  Type.Object({ ...contract, kind: Type.Literal("each"), condition: Expression, maxShare: Share, strict: Type.Optional(Type.Literal(true)) }),
]);
export type Expectation = Type.Static<typeof Expectation>;

export const Source = Type.Object({
  ...named,
  read: Reader,
  /** The folder that relative paths start from: that of the declaring file, as in `files[n].path`'s directory. */
  folder: Type.String(),
  /** Event time column. */
  time: nullable(Type.String()),
  /** An event is known at most this long after it happened. */
  latenessMs: Milliseconds,
  /** Rows per millisecond, as declared (`volume: 2M / 1d`). */
  volumePerMs: nullable(Type.Number()),
  retainMs: nullable(Milliseconds),
  purpose: Type.Array(Type.String()),
  columns: Type.Array(Column),
  expect: Type.Array(Expectation),
});
export type Source = Type.Static<typeof Source>;

/** `at.value`: the whole expression; `at["window.<n>"]`: what stands behind `over` in the n-th of `aggregatesOf(value)`, if anything does. */
export const FeatureDefinition = Type.Object({
  ...named,
  type: ValueType,
  tags: Type.Array(Tag),
  /** Over the columns of the view's source (or request), or of aggregates over its events; a sibling's value is put in, as the one object that it is. */
  value: Expression,
});
export type FeatureDefinition = Type.Static<typeof FeatureDefinition>;

/**
 * A group of features. With an `entity`: point-in-time window aggregates over the source's events, by the source's column
 * that refers to the entity; served from the online store. Without: row expressions over the example's own row; at
 * serving time over the request, inside `model.onnx`.
 */
export const FeatureView = Type.Object({
  ...named,
  entity: nullable(Type.String()),
  from: Type.Union([
    Type.Object({ kind: Type.Literal("source"), source: Type.String() }),
    /** In training, a request column is the example's column of the same name; `at` is the example's event time. */
    Type.Object({ kind: Type.Literal("request"), columns: Type.Array(Column) }),
  ]),
  where: nullable(Expression),
  definitions: Type.Array(FeatureDefinition),
  /** How often the online value is recomputed. */
  refreshMs: nullable(Milliseconds),
  maxAgeMs: nullable(Milliseconds),
  /** False when the author said `online: false`: no online value is kept. */
  online: Type.Boolean(),
  owner: nullable(Type.String()),
});
export type FeatureView = Type.Static<typeof FeatureView>;

export const Label = Type.Object({
  ...named,
  /** The source whose rows are labelled. */
  of: Type.String(),
  type: ValueType,
  rule: Type.Union([
    /** An expression over the example's own row. */
    Type.Object({ kind: Type.Literal("row"), value: Expression }),
    /**
     * Later events: the one aggregate in `value` is over the rows of `events` with event time in (example time, example time +
     * withinMs] where the columns in `same` are equal, filtered by the aggregate's own `where`. `exists` is `count > 0`.
     */
    Type.Object({
      kind: Type.Literal("later-events"),
      events: Type.String(),
      /** Pairs of column names: of the example's source and of `events`. */
      same: Type.Array(Type.Object({ example: Type.String(), event: Type.String() })),
      value: Expression,
      withinMs: Milliseconds,
    }),
  ]),
});
export type Label = Type.Static<typeof Label>;

export const Split = Type.Union([
  /** The oldest examples train, the newest test. */
  Type.Object({ kind: Type.Literal("time"), train: Share, validate: Share, test: Share }),
  /** By a hash of the columns in `by` (all columns of the row when empty): the same row always falls in the same part. */
  Type.Object({ kind: Type.Literal("hash"), by: Type.Array(Type.String()), train: Share, validate: Share, test: Share }),
  /** Like hash, but all rows with the same value in `by` fall together. */
  Type.Object({ kind: Type.Literal("group"), by: Type.Array(Type.String(), { minItems: 1 }), train: Share, validate: Share, test: Share }),
]);
export type Split = Type.Static<typeof Split>;

/** A column of the dataset's Parquet files. Names are unique: `position`, or `product_popularity.sales_7d`. */
export const DatasetColumn = Type.Object({
  name: Type.String(),
  type: ValueType,
  tags: Type.Array(Tag),
  origin: Origin,
  /** `feature`: reaches the model. `slice`: kept for evaluation, entity keys and baselines only. */
  role: Type.Union([Type.Literal("feature"), Type.Literal("slice")]),
  from: Type.Union([
    /** A column of the examples' source, and so of the serving request. `field` is the request field (`at` for the event time, unless a request view has it under its own name). */
    Type.Object({ kind: Type.Literal("example"), column: Type.String(), field: Type.String() }),
    /** An entity feature, joined point in time; `key` is the examples' column that refers to the entity. */
    Type.Object({ kind: Type.Literal("entity-feature"), view: Type.String(), feature: Type.String(), key: Type.String() }),
  ]),
});
export type DatasetColumn = Type.Static<typeof DatasetColumn>;

/**
 * A selected feature, by the name a model's input uses: `value` is over `Dataset.columns`. For an entity feature or a plain
 * column it is that column; for a row feature it is the feature's expression with the request's columns put in.
 */
export const DatasetFeature = Type.Object({
  name: Type.String(),
  type: ValueType,
  value: Expression,
  origin: Origin,
  /** `null` for a column of the examples' source. */
  view: nullable(Type.String()),
});
export type DatasetFeature = Type.Static<typeof DatasetFeature>;

export const Quarantine = Type.Object({ ...named, from: Type.String(), to: Type.String(), because: Type.String() });
export type Quarantine = Type.Static<typeof Quarantine>;

export const Dataset = Type.Object({
  ...named,
  examples: Type.String(),
  where: nullable(Expression),
  /** One example per combination of these columns (the first by event time); empty keeps every row. */
  onePer: Type.Array(Type.String()),
  label: Type.String(),
  columns: Type.Array(DatasetColumn),
  features: Type.Array(DatasetFeature),
  /** Weight of an example in loss and metrics, over the examples' row. */
  weight: nullable(Expression),
  split: Split,
  /** A source with the same columns that is the test part; then `split` divides the examples into train and validate. */
  test: nullable(Type.String()),
  /** Periods whose examples are left out, by event time, [from, to). */
  quarantines: Type.Array(Quarantine),
});
export type Dataset = Type.Static<typeof Dataset>;
