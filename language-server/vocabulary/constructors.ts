/** Calls that build something other than a value of a row: readers, splits, encodings, layers, optimisers, aggregates. */
export type ConstructorGroup = "reader" | "split" | "encoding" | "layer" | "optimizer" | "device" | "log" | "aggregate" | "events" | "indicator" | "contract" | "approval";

export type ParameterType =
  | "text" | "texts" | "bool" | "int" | "number" | "numbers" | "share" | "duration" | "columns" | "activation" | "device" | "expression" | "events" | "entity" | "signal" | "role";

export interface ConstructorParameter {
  readonly name: string;
  readonly doc: string;
  readonly type: ParameterType;
  readonly required: boolean;
  readonly default?: string;
  /** May also be given without its name, in this order. */
  readonly positional: boolean;
  /** Takes all further positional arguments. */
  readonly rest?: true;
  readonly min?: number;
  readonly max?: number;
  /** A bound that is not allowed itself. */
  readonly above?: number;
}

export interface Constructor {
  readonly name: string;
  readonly group: ConstructorGroup;
  readonly doc: string;
  readonly parameters: readonly ConstructorParameter[];
  readonly example: string;
}

type More = Partial<Pick<ConstructorParameter, "default" | "rest" | "min" | "max" | "above">>;
const first = (name: string, type: ParameterType, doc: string, more: More = {}): ConstructorParameter => ({ name, type, doc, required: true, positional: true, ...more });
const maybe = (name: string, type: ParameterType, doc: string, more: More = {}): ConstructorParameter => ({ name, type, doc, required: false, positional: true, ...more });
const option = (name: string, type: ParameterType, doc: string, more: More = {}): ConstructorParameter => ({ name, type, doc, required: false, positional: false, ...more });
const needed = (name: string, type: ParameterType, doc: string, more: More = {}): ConstructorParameter => ({ name, type, doc, required: true, positional: false, ...more });

const paths = first("path", "text", "Files, also with `*`, folders, or URLs.", { rest: true });
const times = option("times", "texts", "How times and dates are written, such as `%d.%m.%y`; of several the first that fits. ISO 8601 when not given.");
const ofTexts = option("encoding", "text", "The encoding of the texts, such as `windows-1252` or `utf-16`.", { default: "\"utf-8\"" });
const partitions = option("partitions", "bool", "Columns that a file lacks come from its path: of `year=2026/month=11/a.csv` a `year` and a `month`.", { default: "false" });
const shares = [
  option("train", "share", "Part that trains.", { default: "80%", min: 0, max: 1 }),
  option("validate", "share", "Part that decides when to stop.", { default: "10%", min: 0, max: 1 }),
  option("test", "share", "Part that is measured.", { default: "10%", min: 0, max: 1 }),
];
const value = first("value", "expression", "An expression over the dataset's features.");
const events = first("value", "expression", "An expression over the events.");
const make = (group: ConstructorGroup) =>
  (name: string, doc: string, example: string, ...parameters: ConstructorParameter[]): Constructor => ({ name, group, doc, example, parameters });

const reader = make("reader");
const split = make("split");
const encoding = make("encoding");
const layer = make("layer");
const optimizer = make("optimizer");
const aggregate = make("aggregate");

export const constructors: readonly Constructor[] = [
  reader("csv", "Reads comma-separated values, with the mess that real files have.", 'csv("people.csv", missing: ["?"])', paths,
    option("delimiter", "text", "What separates the fields, 1 to 4 characters; found out when not given."),
    option("quote", "text", "What fields are quoted with; found out when not given."),
    option("header", "bool", "Whether the first line names the columns; found out when not given."),
    option("missing", "texts", "Texts that stand for a missing value, besides the empty one.", { default: "[]" }),
    times, ofTexts,
    option("decimal", "text", "What stands before a number's fraction: `,` of `1,5`.", { default: "\".\"" }),
    option("thousands", "text", "What groups a number's digits by three: `.` of `1.000`; nothing when not given."),
    option("skip", "int", "Lines to skip before the header.", { default: "0", min: 0 }),
    partitions),
  reader("parquet", "Reads Parquet files.", 'parquet("data/*.parquet")', paths, partitions),
  reader("json", "Reads JSON, one object per line or an array.", 'json("events.ndjson")', paths, times, ofTexts, partitions),
  split("by_time", "The oldest examples train, the newest test.", "by_time(train: 80%, validate: 10%, test: 10%)", ...shares),
  split("by_hash", "By a hash of the row, or of the columns in `by`: the same row always falls in the same part.", "by_hash(train: 80%, validate: 10%, test: 10%)", option("by", "columns", "Columns to hash.", { default: "[]" }), ...shares),
  split("by_group", "Rows with the same value fall in the same part.", "by_group(customer_id, train: 80%, validate: 10%, test: 10%)", first("by", "columns", "Columns that form a group."), ...shares),
  encoding("number", "The number as it is (less its mean where 32 bits could not tell its values apart); a missing one is 0, with an indicator beside it. True is 1.", "number(weekend)", value),
  encoding("standardize", "(x − mean) / standard deviation over the training part, held within ten deviations of what that part has.", "standardize(price)", value),
  encoding("robust", "(x − median) / interquartile range over the training part, held within ±5: outliers move it little.", "robust(price)", value),
  encoding("normalize", "To 0 … 1 by the training part's least and greatest value.", "normalize(price)", value),
  encoding("bucketize", "One-hot over buckets: at given boundaries, or `count` quantiles of the training part.", "bucketize(position, boundaries: [2, 5, 10])", value,
    option("boundaries", "numbers", "Where the buckets meet, ascending."), option("count", "int", "Number of buckets.", { min: 2 })),
  encoding("one_hot", "One-hot over the most frequent values, one more for all others, one for missing.", "one_hot(country, top: 20)", value, option("top", "int", "How many values.", { default: "50", min: 1 })),
  encoding("hashed_one_hot", "One-hot over hash mod `buckets`.", "hashed_one_hot(query, buckets: 256)", value, needed("buckets", "int", "How many buckets.", { min: 2 })),
  encoding("embedding", "A learned vector per value.", "embedding(query, size: 8, top: 100)", value, needed("size", "int", "Length of the vector.", { min: 1 }),
    option("top", "int", "How many values have a vector of their own.", { min: 1 }), option("buckets", "int", "Vectors by hash mod `buckets` instead.", { min: 2 })),
  layer("dense", "Every unit sees every value of the layer before.", "dense(64, relu)", first("units", "int", "Number of units.", { min: 1 }), maybe("activation", "activation", "What the sum goes through.", { default: "relu" })),
  layer("dropout", "While training, a random share of values is set to 0.", "dropout(10%)", first("rate", "share", "The share.", { min: 0, max: 0.99 })),
  optimizer("adam", "Adam (Kingma and Ba 2015); with weight decay AdamW.", "adam(rate: 0.001)", maybe("rate", "number", "Learning rate.", { default: "0.001", above: 0 }),
    option("beta1", "number", "Decay of the first moment.", { default: "0.9", min: 0, max: 1 }), option("beta2", "number", "Decay of the second moment.", { default: "0.999", min: 0, max: 1 }),
    option("epsilon", "number", "Keeps divisions finite.", { default: "1e-8", min: 0 }), option("weight_decay", "number", "Decoupled weight decay.", { default: "0", min: 0 })),
  optimizer("sgd", "Stochastic gradient descent.", "sgd(rate: 0.01, momentum: 0.9)", maybe("rate", "number", "Learning rate.", { default: "0.01", above: 0 }),
    option("momentum", "number", "Share of the step before that is kept.", { default: "0", min: 0, max: 1 }), option("weight_decay", "number", "Decoupled weight decay.", { default: "0", min: 0 })),
  make("device")("gpu", "A graphics processor, or what `or` says when there is none.", "gpu(or: cpu)", option("or", "device", "What to use without one.")),
  make("log")("predictions", "Logs every prediction with its inputs.", "predictions(flush: 1s)",
    option("flush", "duration", "How often the log is written out.", { default: "1s", min: 1, max: 86_400_000 }),
    option("hash_pii", "bool", "Whether values tagged `@pii` are logged as keyed hashes, instead of in clear.", { default: "true" }),
    option("retain", "duration", "How long logged rows are kept; as long as the examples' source keeps its rows, when not given.", { min: 1 })),
  aggregate("count", "Number of events.", "count() over 7d", ),
  aggregate("sum", "Sum over the events.", "sum(price) over 28d", events),
  aggregate("avg", "Mean over the events.", "avg(price) over 28d", events),
  aggregate("min", "The least.", "min(price) over 28d", events),
  aggregate("max", "The greatest.", "max(price) over 28d", events),
  aggregate("last", "The value of the newest event.", "last(price)", events),
  aggregate("distinct", "Number of different values.", "distinct(invoice) over 30d", events),
  aggregate("share", "Share of events (in `expect`: of rows) for which it is true.", "share(was_discounted) over 28d", events),
  make("events")("exists", "Whether there is such an event after the row.", "exists(purchases where same(shopper))", first("events", "events", "A source, with a condition.")),
  make("events")("same", "The event and the row have the same value here: an entity's key, or a column.", "same(shopper)", first("what", "entity", "An entity or a column.")),
  make("indicator")("rate", "The rate of a label, or of errors.", "rate(purchased)", first("of", "signal", "A label, or `errors`.")),
  make("indicator")("disagreement", "Share of mirrored predictions that differ by more than the tolerance.", "disagreement(tolerance: 0.01)", option("tolerance", "number", "Differences up to this are none.", { default: "0.05", min: 0 })),
  make("contract")("missing", "Share of rows without a value.", "missing(country) < 1%", first("column", "columns", "A column.")),
  make("approval")("approval", "Somebody with the role has approved.", "approval(product_lead)", first("role", "role", "A role.")),
];

export const constructorByName: ReadonlyMap<string, Constructor> = new Map(constructors.map((c) => [c.name, c]));
export const constructorsOf = (group: ConstructorGroup): readonly Constructor[] => constructors.filter((c) => c.group === group);
export const aggregateNames: ReadonlySet<string> = new Set(constructorsOf("aggregate").map((c) => c.name));
export const encodingNames: ReadonlySet<string> = new Set(constructorsOf("encoding").map((c) => c.name));

/** `embedding(value, size:, top:, buckets:)`, for hover and messages. */
export function signatureOf(c: Constructor): string {
  const parameter = (p: ConstructorParameter): string => (p.positional ? p.name : `${p.name}:`) + (p.rest ? ", …" : "");
  return `${c.name}(${c.parameters.map(parameter).join(", ")})`;
}
