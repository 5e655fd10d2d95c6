import type { DatasetFeature, Fallback, Layer, Model as CompiledModel, ModelInput, Optimizer, Task, Training, ValueType } from "../../grammar/compiled-spec/index.ts";
import { isBuiltin, isCall, isDataset, isLabel, isQualified, isReference, type Dataset, type Definition, type Expression, type Label, type Model } from "../../grammar/generated/ast.ts";
import { definitions, namedBy, sections, valueOf } from "../language/navigate.ts";
import { builtinNames } from "../language/prelude.ts";
import { written } from "../language/whole.ts";
import { inWords, isNumeric } from "../types/type.ts";
import { Arguments, readCall } from "./arguments.ts";
import { itemsOf, readText } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { datasetEnv, rowOfDataset } from "./dataset-row.ts";
import { featureName, wrongKind } from "./datasets.ts";
import type { DatasetRow, Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { compileInput, encodingByType } from "./inputs.ts";
import { numbersIn } from "./numbers.ts";
import { withoutQuotes } from "./quoted.ts";
import { nameInQuotes, varying } from "./same-in-every-row.ts";
import { knownValue } from "./known-value.ts";
import { toFloat, typed, type Typed } from "./typed.ts";

export interface Prediction {
  readonly label: Label;
  readonly dataset: Dataset;
}

/** `predict: label from dataset` */
export function predictionOf(node: Model): Prediction | undefined {
  const value = valueOf(node, "predict");
  const label = isQualified(value) ? namedBy(value.subject) : undefined;
  const dataset = isQualified(value) ? namedBy(value.from) : undefined;
  return isLabel(label) && isDataset(dataset) ? { label, dataset } : undefined;
}

export function taskOf(t: ValueType): Task | undefined {
  if (t.kind === "bool") return "binary";
  if (t.kind === "string") return "multiclass";
  return t.kind === "int" || t.kind === "float" ? "regression" : undefined;
}

export function compileModel(node: Model, elaboration: Elaboration): CompiledModel | undefined {
  const { context } = elaboration;
  const prediction = readPrediction(node, elaboration);
  const network = readNetwork(valueOf(node, "network"), context);
  const train = readTraining(node, context);
  const owner = readText(valueOf(node, "owner"), "`owner`", context) ?? null;
  const row = prediction && rowOfDataset(prediction.dataset, elaboration);
  if (prediction === undefined || row === undefined || typeof node.name !== "string") return undefined;
  const inputs = readInputs(node, prediction.dataset, row, elaboration);
  const fallbacks = readFallbacks(node, prediction, row, elaboration);
  const { label, task } = prediction;
  if (task === undefined) return undefined;
  return { ...context.named(node), dataset: prediction.dataset.name, label: label.name, task, inputs, network, train, fallbacks, owner };
}

function readPrediction(node: Model, elaboration: Elaboration): (Prediction & { readonly task: Task | undefined }) | undefined {
  const { context } = elaboration;
  const value = valueOf(node, "predict");
  if (value === undefined) return undefined;
  if (!isQualified(value) || value.from === undefined) return context.report(value, "type-mismatch", "`predict` expects `label from dataset`");
  const label = namedBy(value.subject);
  const dataset = namedBy(value.from);
  if (label !== undefined && !isLabel(label)) return wrongKind(value.subject, "label", label, context);
  if (dataset !== undefined && !isDataset(dataset)) return wrongKind(value.from, "dataset", dataset, context);
  if (label === undefined || dataset === undefined) return undefined;
  const datasetLabel = namedBy(valueOf(dataset, "label"));
  if (isLabel(datasetLabel) && datasetLabel !== label) {
    return context.report(value.subject, "wrong-kind", `\`${dataset.name}\` has the label \`${datasetLabel.name}\`, not \`${label.name}\``, { suggestion: datasetLabel.name, related: [context.related(dataset, "the dataset")] });
  }
  const compiled = elaboration.label(label);
  const task = compiled && taskOf(compiled.type);
  if (compiled !== undefined && task === undefined) {
    return context.report(value.subject, "type-mismatch", `a model predicts a bool, a number or a class, but \`${label.name}\` is ${inWords(compiled.type)}`, { related: [context.related(label, "the label")] });
  }
  return { label, dataset, task };
}

function readInputs(node: Model, dataset: Dataset, row: DatasetRow, elaboration: Elaboration): ModelInput[] {
  const { context } = elaboration;
  const given = sections(node, "inputs");
  if (given.length === 0) return defaultInputs(node, dataset, elaboration);
  const env = { ...datasetEnv(dataset, row, elaboration.takenBy(node), elaboration, { selectedOnly: true, servedAs: `an input of \`${node.name}\`` }) };
  return given.flatMap((s) => definitions(s)).map((d) => compileInput(d, env, context)).filter((i) => i !== undefined);
}

/** Every feature by its type. Moments have no encoding of their own, and none is left out without a word. */
function defaultInputs(node: Model, dataset: Dataset, elaboration: Elaboration): ModelInput[] {
  const features = elaboration.dataset(dataset)?.features ?? [];
  const left: DatasetFeature[] = [];
  const inputs = features.flatMap((feature): ModelInput[] => {
    const encoded = encodingByType(typed(feature.type, feature.value));
    if (encoded !== undefined) return [{ name: feature.name.replaceAll(".", "_"), origin: feature.origin, value: encoded.value.code, encode: encoded.encode }];
    left.push(feature);
    return [];
  });
  if (left.length > 0) reportLeftOut(node, dataset, left, elaboration.context);
  return inputs;
}

/** Who lists a feature means it; of a `*` it is enough to say so. */
function reportLeftOut(node: Model, dataset: Dataset, left: readonly DatasetFeature[], context: Context): void {
  const value = valueOf(node, "predict");
  const listed = new Set(context.names.selectionOf(dataset).features.filter(({ node: n, selectedBy }) => namedBy(selectedBy) === n).map(featureName));
  for (const { name, type: t } of left) {
    const isListed = listed.has(name);
    context.report((isQualified(value) ? value.from : undefined) ?? node, "type-mismatch", `\`${name}\` is ${inWords(t)} and cannot enter a network as it is${isListed ? "" : `: \`${node.name}\` does without it`}`, {
      severity: isListed ? "error" : "warning", related: [context.related(dataset, "the dataset")],
      hint: `Write \`inputs\`, with a number of it such as \`day_of_week(${name})\`, or leave it out of the dataset.`,
    });
  }
}

function readFallbacks(node: Model, { task, dataset }: Prediction & { readonly task: Task | undefined }, row: DatasetRow, elaboration: Elaboration): Fallback[] {
  const { context } = elaboration;
  const env = datasetEnv(dataset, row, elaboration.takenBy(node), elaboration, { selectedOnly: false, servedAs: `a fallback of \`${node.name}\`` });
  return definitions(node).filter((d) => d.kind === "fallback").map((d) => readPredictor(d, env, task, elaboration)).filter((f) => f !== undefined)
    .map(({ definition, value }) => ({ ...context.named(definition, { value: definition.value }), value }));
}

/** An expression that predicts without the model: a number, or a class. */
export function readPredictor(definition: Definition, env: Env, task: Task | undefined, { context }: Elaboration) {
  const expression = written(definition.value);
  const value = check(expression, env, context);
  if (expression === undefined || value === undefined || neverPredicts(definition.name, value, expression, task, context)) return undefined;
  // One and the same class for everybody can be meant; one that is called as a column is was meant to be the column.
  if (value.type.kind === "string" && nameInQuotes(expression, env) !== undefined) return varying(value, expression, env, context) && undefined;
  const isClass = task === "multiclass";
  const fits = isNumeric(value.type) || (isClass && value.type.kind === "string");
  if (fits) return { definition, value: toFloat(value).code };
  return context.report(expression, "type-mismatch", `\`${definition.name}\` predicts ${isClass ? "a class or a number" : "a number"}, but this is ${inWords(value.type)} (${textOf(expression)})`);
}

/** What is known of it in every row is no prediction: nothing at all, or, in place of a probability, a number that is none. */
function neverPredicts(name: string, { code, type: t }: Typed, e: Expression, task: Task | undefined, context: Context): boolean {
  const value = knownValue(code);
  if (value === null && t.kind !== "null") {
    context.report(e, "out-of-range", `\`${name}\` has no value for any row: \`${textOf(e)}\` is always missing`, { hint: "Write a number that can be worked out." });
    return true;
  }
  if (task !== "binary" || typeof value !== "number" || (value >= 0 && value <= 1)) return false;
  context.report(e, "out-of-range", `\`${name}\` stands in for a probability, which lies between 0 and 1, but this is ${value}`);
  return true;
}

const defaultNetwork: readonly Layer[] = [{ kind: "dense", units: 64, activation: "relu" }, { kind: "dense", units: 32, activation: "relu" }];

function readNetwork(value: Expression | undefined, context: Context): Layer[] {
  if (value === undefined) return [...defaultNetwork];
  return itemsOf(value).map((e) => readLayer(e, context)).filter((l) => l !== undefined);
}

function readLayer(e: Expression, context: Context): Layer | undefined {
  const read = readCall(e, ["dense", "dropout"], "a layer", context);
  if (read === undefined) return undefined;
  const args = new Arguments(read.entry, read.bound, context);
  if (read.call.function === "dropout") {
    const rate = args.number("rate", "share");
    if (rate === 0) context.report(e, "no-effect", `\`${textOf(e)}\` drops nothing`, { severity: "warning", hint: "Leave it out." });
    return rate === undefined ? undefined : { kind: "dropout", rate };
  }
  const units = args.number("units", "int");
  const activation = (args.builtin("activation", "activation") ?? "relu") as "relu" | "tanh" | "sigmoid" | "linear";
  return units === undefined || args.failed ? undefined : { kind: "dense", units, activation };
}

function readTraining(node: Model, context: Context): Training {
  const train = sections(node, "train")[0] ?? {};
  const { said, perhaps } = numbersIn("Model train", train, context);
  const [epochs, patience] = [said("epochs"), said("patience")];
  const at = valueOf(train, "patience");
  if (at !== undefined && patience >= epochs) {
    context.report(at, "out-of-range", `training never stops early: it waits ${patience} epochs, and there are ${epochs}`, { severity: "warning", hint: "`patience` is less than `epochs`; 0 never stops early." });
  }
  return {
    optimizer: readOptimizer(valueOf(train, "optimizer"), context),
    batch: said("batch"),
    epochs,
    seed: said("seed"),
    patience: patience === 0 ? null : patience,
    device: readDevice(valueOf(train, "device"), context),
    engine: readBuiltin(valueOf(train, "engine"), "engine", context) === "tensorflow" ? "tensorflow" : "onnxruntime",
    budgetMs: perhaps("budget"),
  };
}

function readOptimizer(e: Expression | undefined, context: Context): Optimizer {
  const read = readCall(e, ["adam", "sgd"], "`optimizer`", context);
  const number = (name: string, otherwise: number): number => (read === undefined ? otherwise : new Arguments(read.entry, read.bound, context).number(name, "number") ?? otherwise);
  if (read?.call.function === "sgd") return { kind: "sgd", rate: number("rate", 0.01), momentum: number("momentum", 0), weightDecay: number("weight_decay", 0) };
  return { kind: "adam", rate: number("rate", 0.001), beta1: number("beta1", 0.9), beta2: number("beta2", 0.999), epsilon: number("epsilon", 1e-8), weightDecay: number("weight_decay", 0) };
}

/** The prelude's word of this kind. */
export function readBuiltin(e: Expression | undefined, kind: string, context: Context): string | undefined {
  if (e === undefined) return undefined;
  const target = isReference(e) ? e.target.ref : undefined;
  if (isBuiltin(target) && target.kind === kind) return target.name;
  if (isReference(e) && target === undefined) return undefined;
  return context.report(e, "type-mismatch", `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind} is needed here, not \`${textOf(e)}\``, withoutQuotes(e, builtinNames(kind)));
}

function readDevice(e: Expression | undefined, context: Context): Training["device"] {
  if (e === undefined) return "gpu-preferred";
  if (!isCall(e)) return readBuiltin(e, "device", context) === "cpu" ? "cpu" : "gpu-required";
  const read = readCall(e, ["gpu"], "`device`", context);
  const or = read && new Arguments(read.entry, read.bound, context).builtin("or", "device");
  return or === "cpu" ? "gpu-preferred" : "gpu-required";
}

