import type { Dataset, Evaluation, Expression, Fallback, Label, Model, ModelInput, Origin, Source } from "../../grammar/compiled-spec/index.ts";
import { columnsRead, valueColumns } from "../analysis/expression.ts";
import { storedColumns } from "../analysis/index-of.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { listed } from "./wording.ts";

export const leakageFromLabel: Check = {
  id: "leakage-from-label",
  title: "A model's inputs hold the answer",
  severity: "error",
  foundIn: ["sources", "features", "models", "evaluations"],
  run,
  explanation: {
    problem:
      "A model that is given every column its label is computed from has only to repeat the rule. Its metrics are close to perfect, and in production the "
      + "columns are empty, because the outcome is not known yet. A fallback that reads them has nothing to say there, and a baseline that reads them is never wrong: no model is measured by it.",
    failing: `label high_up: bool {
  of: impressions
  is: position <= 3
}

dataset shown {
  examples: impressions
  label: high_up
  features: [impressions.country, impressions.position]
  split: by_time(train: 80%, validate: 10%, test: 10%)
}

model ranker {
  predict: high_up from shown
  inputs {
    country = one_hot(impressions.country, top: 20)
    position = standardize(impressions.position)
  }
  network: [dense(32, relu)]
  train {
    optimizer: adam(rate: 0.001)
    batch: 256
    epochs: 5
    seed: 1
  }
  fallback usual = 0.02
}`,
    mended: `label high_up: bool {
  of: impressions
  is: position <= 3
}

dataset shown {
  examples: impressions
  label: high_up
  features: [impressions.country]
  split: by_time(train: 80%, validate: 10%, test: 10%)
}

model ranker {
  predict: high_up from shown
  inputs {
    country = one_hot(impressions.country, top: 20)
  }
  network: [dense(32, relu)]
  train {
    optimizer: adam(rate: 0.001)
    batch: 256
    epochs: 5
    seed: 1
  }
  fallback usual = 0.02
}`,
    cannotSee:
      "Inputs, fallbacks and baselines that hold only a part of what the label is computed from, and other columns that give it away. It speaks when every column of the label's "
      + "rule reaches the model, the fallback or the baseline. Past rows of the same column, in a window, are no leak.",
  },
};

function run({ spec, index }: Facts): readonly Finding[] {
  return spec.models.flatMap((model) => {
    const dataset = index.datasets.get(model.dataset);
    if (dataset === undefined) return [];
    const label = index.labels.get(dataset.label);
    const examples = index.sources.get(dataset.examples);
    if (examples === undefined || label?.rule.kind !== "row" || label.of !== examples.name) return [];
    const rule = columnsRead(label.rule.value);
    const needed = storedColumns(examples, rule);
    const own = ownColumns(dataset);
    const leaks = model.inputs.map((input) => ({ input, columns: inputColumns(own, examples, input) })).filter(({ columns }) => [...needed].some((column) => columns.has(column)));
    const reached = new Set(leaks.flatMap(({ columns }) => [...columns]));
    const [first, ...others] = leaks.map(({ input }) => input);
    const names = [...needed].map((column) => `${examples.name}.${column}`);
    const holdsAll = (columns: ReadonlySet<string>): boolean => needed.size > 0 && [...needed].every((column) => columns.has(column));
    const evaluations = spec.evaluations.filter((evaluation) => evaluation.model === model.name);
    const alone = [...model.fallbacks.map(fallbackOf(model)), ...evaluations.flatMap((evaluation) => evaluation.baselines.map(baselineOf(evaluation)))]
      .filter(({ value }) => holdsAll(inputColumns(own, examples, { value })))
      .map((predictor) => ofPredictor(model, predictor, label, names));
    return first !== undefined && holdsAll(reached) ? [finding(model, dataset, label, names, [first, ...others]), ...alone] : alone;
  });
}

/** Of the dataset's columns those that are in the example's own row, with the name they have there. */
const ownColumns = (dataset: Dataset): ReadonlyMap<string, string> =>
  new Map(dataset.columns.flatMap(({ name, from }) => (from.kind === "example" ? [[name, from.column] as const] : [])));

/** The columns of the example's own row whose values are in the input or fallback. */
function inputColumns(own: ReadonlyMap<string, string>, examples: Source, input: Pick<ModelInput, "value">): ReadonlySet<string> {
  return storedColumns(examples, [...valueColumns(input.value)].flatMap((name) => own.get(name) ?? []));
}

/** What answers alone, without a model. */
interface Predictor {
  readonly kind: "fallback" | "baseline";
  readonly value: Expression;
  readonly origin: Origin;
  readonly whole: string;
  readonly why: string;
}

const fallbackOf = (model: Model) => ({ name, value, origin }: Fallback): Predictor =>
  ({ kind: "fallback", value, origin, whole: `Fallback \`${name}\` of model \`${model.name}\``, why: "When it is asked, that is not known yet." });

const baselineOf = (evaluation: Evaluation) => ({ name, value, origin }: Evaluation["baselines"][number]): Predictor =>
  ({ kind: "baseline", value, origin, whole: `Baseline \`${name}\` of evaluation \`${evaluation.name}\``, why: "What it reaches measures no model: when a model is asked, that is not known yet." });

function ofPredictor(model: Model, { kind, origin, whole, why }: Predictor, label: Label, columns: readonly string[]): Finding {
  const all = listed(columns.map((column) => `\`${column}\``));
  return {
    check: leakageFromLabel.id,
    severity: leakageFromLabel.severity,
    message: `${whole} is the answer itself: label \`${label.name}\` is computed from ${all} alone, and the ${kind} reads ${columns.length === 1 ? "it" : "all of it"} from the same row. ${why}`,
    origin,
    related: [{ origin: label.origin, message: `label \`${label.name}\` is computed from ${all}` }],
    dependsOn: [model.origin],
    data: { model: model.name, label: label.name, columns },
  };
}

function finding(model: Model, dataset: Dataset, label: Label, columns: readonly string[], inputs: readonly [ModelInput, ...ModelInput[]]): Finding {
  const [first, ...others] = inputs;
  const all = listed(columns.map((column) => `\`${column}\``));
  const by = `${inputs.length === 1 ? "input" : "inputs"} ${listed(inputs.map(({ name }) => `\`${name}\``))}`;
  return {
    check: leakageFromLabel.id,
    severity: leakageFromLabel.severity,
    message:
      `Model \`${model.name}\` is given the answer: label \`${label.name}\` of dataset \`${dataset.name}\` is computed from ${all} alone, and ${by} `
      + `${inputs.length === 1 ? "reads" : "read"} ${columns.length === 1 ? "it" : "all of it"} from the same row. Leave ${columns.length === 1 ? "it" : "one of them"} out of the model.`,
    origin: first.origin,
    related: [
      { origin: label.origin, message: `label \`${label.name}\` is computed from ${all}` },
      ...others.map(({ name, origin }) => ({ origin, message: `input \`${name}\` reads a part of it as well` })),
    ],
    dependsOn: [model.origin],
    data: { model: model.name, label: label.name, columns },
  };
}
