/** What each kind of declaration may contain. To add a property: a line here, a line in `compile/`, an example in docs/language.md. */
import type { BlockEntry, DeclarationEntry, DeclarationType, DefinitionEntry, PropertyEntry, SectionEntry, Shape } from "./shape.ts";

const duration: Shape = { kind: "duration" };
const day = 86_400_000;
const share: Shape = { kind: "share" };
const int: Shape = { kind: "int" };
const text: Shape = { kind: "text" };
const rate: Shape = { kind: "rate" };
const number: Shape = { kind: "number" };
const column: Shape = { kind: "column" };
const instant: Shape = { kind: "instant" };
const reference = (...to: DeclarationType[]): Shape => ({ kind: "reference", to });
const call = (...calls: string[]): Shape => ({ kind: "call", calls });
const list = (of: Shape): Shape => ({ kind: "list", of });
const builtin = (of: string): Shape => ({ kind: "builtin", of });
const expression = (what: string): Shape => ({ kind: "expression", what });
const rows: Shape = { kind: "reference", to: ["Source"], where: true };
const selection: Shape = { kind: "features" };
const filled = (of: Shape): Shape => ({ kind: "list", of, filled: true });
const either = (...shapes: Shape[]): Shape => ({ kind: "either", shapes });

type More = Partial<Pick<PropertyEntry, "default" | "min" | "max" | "above" | "below">>;
const required = (name: string, type: Shape, doc: string, example: string, more: More = {}): PropertyEntry => ({ name, type, doc, example, required: true, ...more });
const optional = (name: string, type: Shape, doc: string, example: string, more: More = {}): PropertyEntry => ({ name, type, doc, example, required: false, ...more });

const block = (parts: Partial<BlockEntry>): BlockEntry =>
  ({ properties: [], sections: [], definitions: [], requirements: [], denials: [], columns: false, ...parts });
const section = (kind: string, doc: string, example: string, parts: Partial<SectionEntry>): SectionEntry =>
  ({ ...block(parts), kind, doc, example, named: false, required: false, repeatable: false, ...parts });
const definition = (kind: string | null, doc: string, what: string, example: string): DefinitionEntry => ({ kind, doc, what, example });

const owner = optional("owner", text, "Who answers for it.", 'owner: "pricing"');

const entity: DeclarationEntry = {
  ...block({ properties: [required("key", { kind: "word", what: "the name of its key" }, "What its key is called in requests and in the online store.", "key: shopper_id")] }),
  kind: "entity", type: "Entity", heading: "entity name", example: "entity shopper { key: shopper_id }",
  doc: "Something that features are about and that columns refer to: a shopper, a product, a city.",
};

const source: DeclarationEntry = {
  ...block({
    columns: true,
    properties: [
      required("read", call("csv", "parquet", "json"), "The files it is read from. Relative paths start at this file's folder; globs and URLs are allowed.", 'read: parquet("data/impressions/*.parquet")'),
      optional("time", column, "The column that says when a row happened. Windows, labels by later events and splits by time need it.", "time: shown_at"),
      optional("lateness", duration, "A row is known at most this long after it happened; windows of features end so much earlier.", "lateness: 15m", { default: "0s", min: 0 }),
      optional("volume", rate, "How many rows arrive, for planning.", "volume: 2M / 1d", { above: 0 }),
      optional("retain", duration, "How long rows are kept.", "retain: 400d", { min: 1 }),
      optional("purpose", list({ kind: "word", what: "a word" }), "What the rows may be used for.", "purpose: [ranking]"),
      optional("columns", { kind: "columns" }, "The same columns as another source.", "columns: people.columns"),
    ],
    sections: [section("expect", "The data contract: checked on every batch before anything is computed from it.", "expect { require missing(country) < 1% }", {
      needs: { what: "requirement", hint: "For example `require missing(country) < 1%`." },
      requirements: [
        { doc: "Number of rows, also per time.", example: "require rows in 100k..5M per 1d" },
        { doc: "Share of rows without a value.", example: "require missing(country) < 1%" },
        { doc: "Number of different values.", example: "require distinct(country) >= 20" },
        { doc: "What every row must satisfy.", example: "require position in 1..50" },
        { doc: "What most rows must satisfy.", example: "require share(position in 1..50) >= 99.9%" },
      ],
    })],
  }),
  kind: "source", type: "Source", heading: "source name", example: 'source visits {\n  read: csv("visits.csv")\n  columns {\n    page: string\n  }\n}',
  doc: "Rows in files: what is known, and since when.",
};

const features: DeclarationEntry = {
  ...block({
    properties: [
      required("from", either(rows, { kind: "request" }), "What the features are computed from.", "from: purchases"),
      optional("refresh", duration, "How often the online value is recomputed.", "refresh: 1h", { min: 1, max: 24 * day }),
      optional("max_age", duration, "How old an online value may be (it is as of the newest event of its source) before answers with it are marked `stale`.", "max_age: 6h", { min: 1 }),
      optional("online", { kind: "bool" }, "Whether values are kept for serving.", "online: false", { default: "true" }),
      owner,
    ],
    needs: { what: "feature", hint: "For example `sales_7d = count() over 7d`." },
    definitions: [{ ...definition(null, "A feature. With an entity: an aggregate over the entity's events; without: an expression over the row.", "an expression over the source's columns", "sales_7d = count() over 7d"), tags: true }],
  }),
  kind: "features", type: "Features", heading: "features name for entity", example: "features popularity for product {\n  from: purchases\n  sales_7d = count() over 7d\n}",
  doc: "A group of features that belong together. With `for entity` they are point-in-time aggregates, without they are computed from the row itself.",
};

const label: DeclarationEntry = {
  ...block({
    properties: [
      required("of", reference("Source"), "The source whose rows are labelled.", "of: impressions"),
      required("is", expression("an expression over the row, or `exists(source where same(entity))` for later events"), "What the label is.", "is: exists(purchases where same(shopper))"),
      optional("within", duration, "How long after the row an event still counts. The label matures when this time has passed.", "within: 24h", { min: 1 }),
    ],
  }),
  kind: "label", type: "Label", heading: "label name: type", example: "label purchased: bool {\n  of: impressions\n  is: exists(purchases where same(shopper))\n  within: 24h\n}",
  doc: "What a model learns to predict: from the row's own columns, or from events that come later.",
};

const dataset: DeclarationEntry = {
  ...block({
    properties: [
      required("examples", rows, "The rows that become examples.", "examples: impressions"),
      required("label", reference("Label"), "What is to be predicted.", "label: purchased"),
      required("features", filled(selection), "What may be used to predict it.", "features: [popularity.*, impressions.position]"),
      optional("exclude", list(selection), "What a wildcard should leave out.", "exclude: [people.income]"),
      optional("one_per", list(column), "One example per combination of these columns: the first by event time.", "one_per: [customer_id, invoice]"),
      optional("weight", expression("a number over the examples' columns"), "Weight of an example in loss and metrics.", "weight: if holiday then 2 else 1"),
      optional("split", call("by_time", "by_hash", "by_group"), "Which examples train, validate and test.", "split: by_time(train: 80%, validate: 10%, test: 10%)",
        { default: "by_time(train: 80%, validate: 10%, test: 10%)" }),
      optional("test", reference("Source"), "A source with the same columns that is the test part.", "test: people_test"),
    ],
    sections: [section("quarantine", "A period whose examples are left out, and why.", 'quarantine outage { from: 2026-11-27, to: 2026-11-28, because: "…" }', {
      named: true, repeatable: true,
      properties: [
        required("from", instant, "The first moment left out.", "from: 2026-11-27"),
        required("to", instant, "The first moment kept again.", "to: 2026-11-28"),
        required("because", text, "Why.", 'because: "fraud filter marked every purchase invalid"'),
      ],
    })],
  }),
  kind: "dataset", type: "Dataset", heading: "dataset name", example: "dataset shown {\n  examples: impressions\n  label: purchased\n  features: [popularity.*]\n}",
  doc: "Examples with their features and label, joined point in time and split.",
};

const train = section("train", "How the model is trained.", "train { epochs: 10 }", {
  properties: [
    optional("optimizer", call("adam", "sgd"), "How weights follow the gradient.", "optimizer: adam(rate: 0.001)", { default: "adam(rate: 0.001)" }),
    optional("batch", int, "Examples per step.", "batch: 1024", { default: "1024", min: 1 }),
    optional("epochs", int, "Passes over the training part, at most.", "epochs: 10", { default: "10", min: 1 }),
    optional("seed", int, "Where random numbers start: the same seed gives the same model.", "seed: 42", { default: "42" }),
    optional("patience", int, "Epochs without a better validation loss before training stops; 0 never stops early.", "patience: 3", { default: "3", min: 0 }),
    optional("device", either(builtin("device"), call("gpu")), "What it trains on.", "device: gpu(or: cpu)", { default: "gpu(or: cpu)" }),
    optional("engine", builtin("engine"), "What computes the steps.", "engine: onnxruntime", { default: "onnxruntime" }),
    optional("budget", duration, "Training stops after this time.", "budget: 30m", { min: 1 }),
  ],
});

const model: DeclarationEntry = {
  ...block({
    properties: [
      required("predict", { kind: "from", subject: reference("Label"), from: reference("Dataset") }, "What is predicted, learned from which dataset.", "predict: purchased from shown"),
      optional("network", list(call("dense", "dropout")), "The layers between the inputs and the output.", "network: [dense(64, relu), dropout(10%)]", { default: "[dense(64, relu), dense(32, relu)]" }),
      owner,
    ],
    sections: [
      section("inputs", "How each feature enters the network. Without it: numbers are standardised, texts one-hot encoded (top 50).", "inputs { price = standardize(price) }", {
        needs: { what: "input", hint: "Leave `inputs` out to use every feature." },
        definitions: [definition(null, "An input: an encoding of an expression over the dataset's features.", "an encoding", "price = standardize(log1p(price))")],
      }),
      train,
    ],
    definitions: [definition("fallback", "What answers when the model cannot.", "a number over the dataset's features", "fallback base_rate = 0.24")],
  }),
  kind: "model", type: "Model", heading: "model name", example: "model ranker {\n  predict: purchased from shown\n}",
  doc: "A network that predicts a label from a dataset's features. Preprocessing is part of it.",
};

const evaluation: DeclarationEntry = {
  ...block({
    properties: [
      optional("metrics", filled(builtin("metric")), "What is measured on the test part.", "metrics: [auc, log_loss]"),
      optional("threshold", number, "Probability from which a positive is predicted.", "threshold: 0.3", { default: "0.5", min: 0, max: 1 }),
      optional("slices", list(expression("a feature or column")), "Parts of the test set that are measured on their own.", "slices: [impressions.country]"),
      optional("min_rows", int, "Slices with fewer rows are reported, not judged.", "min_rows: 200", { default: "50", min: 1 }),
    ],
    definitions: [
      definition("baseline", "A prediction without a model, scored beside it.", "a number over the dataset's features", "baseline last_week = demand.same_hour_last_week"),
      definition("slice", "A slice by an expression.", "an expression over the dataset's features", "slice newcomer = basket.invoices_90d == 0"),
    ],
    requirements: [
      { doc: "A bound on a metric.", example: "require auc >= 0.72" },
      { doc: "In every slice.", example: "require auc >= 0.65 by country" },
      { doc: "Compared with the version that is live.", example: "require auc >= current.auc - 0.002" },
      { doc: "Compared with a baseline.", example: "require r2 >= last_week.r2" },
    ],
  }),
  kind: "evaluation", type: "Evaluation", heading: "evaluation name of model", example: "evaluation quality of ranker {\n  metrics: [auc]\n  require auc >= 0.7\n}",
  doc: "What a model must achieve on the test part before it may be registered.",
};

const service: DeclarationEntry = {
  ...block({
    properties: [
      required("model", reference("Model"), "The model that answers.", "model: ranker"),
      optional("timeout", duration, "After this time the fallback answers.", "timeout: 50ms", { default: "100ms", min: 1, max: day / 24 }),
      optional("otherwise", { kind: "definition", of: "fallback" }, "The fallback that answers when the model cannot.", "otherwise: ranker.popular"),
      optional("log", either(call("predictions"), builtin("word")), "Predictions are logged as Parquet files.", "log: predictions(flush: 1s)", { default: "predictions(flush: 1s)" }),
      optional("volume", rate, "Requests to expect, for planning; else the volume of the examples' source.", "volume: 480k / 1d", { above: 0 }),
    ],
    sections: [section("batch", "Requests that arrive together are answered together.", "batch { size: 64, wait: 2ms }", {
      properties: [
        optional("size", int, "Requests in a batch, at most.", "size: 64", { default: "32", min: 1 }),
        optional("wait", duration, "How long the first request of a batch waits for others.", "wait: 2ms", { default: "1ms", min: 0 }),
      ],
    })],
  }),
  kind: "service", type: "Service", heading: "service name", example: "service recommend {\n  model: ranker\n}",
  doc: "A model that answers requests.",
};

const slo: DeclarationEntry = {
  ...block({
    properties: [required("objective", { kind: "objective" }, "What must be reached, over which time.", "objective: share(latency < 50ms) >= 99% over 28d")],
    sections: [section("respond", "How long an outage lasts, by its parts.", "respond { detect: 5m, decide: 10m, recover: 5m }", {
      properties: [
        required("detect", duration, "Until someone knows.", "detect: 5m", { min: 0 }),
        required("decide", duration, "Until it is decided what to do.", "decide: 10m", { min: 0 }),
        required("recover", duration, "Until that has worked.", "recover: 5m", { min: 0 }),
      ],
    })],
  }),
  kind: "slo", type: "Slo", heading: "slo name of service", example: "slo fast of recommend { objective: share(latency < 50ms) >= 99% over 28d }",
  doc: "A service level objective: what users may rely on.",
};

const rollout: DeclarationEntry = {
  ...block({
    properties: [
      optional("unit", column, "The request column whose value keeps a user with one version. Without it each request is assigned on its own.", "unit: shopper_id"),
      optional("alpha", share, "How often a gate may stop a harmless version.", "alpha: 5%", { default: "5%", above: 0, max: 0.5 }),
      optional("power", share, "How often a harmful version should be noticed within a stage.", "power: 80%", { default: "80%", min: 0.5, below: 1 }),
    ],
    sections: [section("stage", "A step of the rollout. It begins when the one before has held.", "stage canary { traffic: 1%, hold: 2h, require rate(errors) <= control }", {
      named: true, repeatable: true, required: true,
      properties: [
        optional("traffic", share, "Share of units that the new version answers; 0% mirrors requests without answering them.", "traffic: 10%", { min: 0, max: 1 }),
        optional("hold", duration, "How long the stage lasts at least.", "hold: 2h", { default: "0s", min: 0 }),
        optional("at_most", duration, "How long users may be in the stage, pauses and waiting for approvals included. Unless it is said, 14 days, or four holds where that is longer.", "at_most: 14d", { min: 1 }),
        optional("otherwise", builtin("ending"), "What happens when the stage has not passed by then: `roll_back`, or `ask` a person and change nothing.", "otherwise: ask", { default: "roll_back" }),
        optional("approve", reference("Role"), "Whose approval the stage needs before it begins.", "approve: product_lead"),
      ],
      requirements: [
        { doc: "Failed requests, against the live version or a constant. `rate(errors) <= control` is implied where a stage says nothing about errors: it stops harm, and asks for no proof.", example: "require rate(errors) <= control" },
        { doc: "A label's rate, against the live version or a constant.", example: "require rate(purchased) >= control * 99%" },
        { doc: "Share of mirrored predictions that differ.", example: "require disagreement < 5%" },
        { doc: "A quantile of the latency.", example: "require latency.p99 < 20ms" },
      ],
    })],
  }),
  kind: "rollout", type: "Rollout", heading: "rollout name of model on service", example: "rollout release of ranker on recommend {\n  stage full { traffic: 100% }\n}",
  doc: "How a new version of a model replaces the live one, step by step.",
};

const policy: DeclarationEntry = {
  ...block({
    requirements: [{ doc: "Nobody reaches the stage without the approval.", example: "require approval(product_lead) before ramp" }],
    needs: { what: "rule", hint: "For example `deny inputs where pii and not hashed`." },
    denials: [{ doc: "No model reads a column with these tags.", example: "deny inputs where pii and not hashed" }],
  }),
  kind: "policy", type: "Policy", heading: "policy name", example: "policy privacy { deny inputs where pii and not hashed }",
  doc: "A rule that holds for everything in the file and what it imports.",
};

const role: DeclarationEntry = {
  ...block({ properties: [required("members", list(text), "Who has it.", 'members: ["lead@yarnit.example"]')] }),
  kind: "role", type: "Role", heading: "role name", example: 'role product_lead { members: ["lead@yarnit.example"] }',
  doc: "People who may approve.",
};

export const declarations: readonly DeclarationEntry[] = [entity, source, features, label, dataset, model, evaluation, service, slo, rollout, policy, role];
