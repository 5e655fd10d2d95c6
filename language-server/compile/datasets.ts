import { columnsIn, type Dataset as CompiledDataset, type DatasetColumn, type DatasetFeature, type Split } from "../../grammar/compiled-spec/index.ts";
import { isColumn, isLabel, isQualified, isSource, type Dataset, type Expression, type Named, type Section, type Source } from "../../grammar/generated/ast.ts";
import type { SelectedFeature } from "../language/names.ts";
import { namedBy, sections, valueOf } from "../language/navigate.ts";
import { inWords, isNumeric, valueType } from "../types/type.ts";
import { Arguments, readCall } from "./arguments.ts";
import { readName } from "./clauses.ts";
import { constantOf, rowEnv } from "./columns.ts";
import { itemsOf, readInstant, readText } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { rowOfDataset } from "./dataset-row.ts";
import type { DatasetRow, Elaboration } from "./reading.ts";
import { check } from "./expressions.ts";
import { checkFilter } from "./same-in-every-row.ts";
import { possible } from "./possible-values.ts";
import { TakenColumns } from "./taken-columns.ts";
import { toFloat, type Typed } from "./typed.ts";

export function compileDataset(node: Dataset, elaboration: Elaboration): CompiledDataset | undefined {
  const { context } = elaboration;
  const row = rowOfDataset(node, elaboration);
  const label = readLabel(node, row?.examples, context);
  const examples = valueOf(node, "examples");
  if (row === undefined) {
    if (examples !== undefined && namedBy(examples) !== undefined) context.report(examples, "wrong-kind", `\`examples\` expects a source, but \`${textOf(examples)}\` is not one`);
    return undefined;
  }
  const env = rowEnv(context.names.columnsOf(row.examples), elaboration, `\`${row.examples.name}\``);
  const where = isQualified(examples) && examples.where !== undefined ? checkFilter(examples.where, "`where`", env, context) : null;
  const weight = readWeight(valueOf(node, "weight"), env, context);
  const { columns, features } = compileFeatureList(node, row, context);
  const test = readTest(node, row.examples, context);
  const split = readSplit(node, row.examples, test !== null, elaboration);
  const onePer = [...new Set(itemsOf(valueOf(node, "one_per")).map((e) => columnName(e, row.examples, elaboration)).filter((c) => c !== undefined))];
  const quarantines = sections(node, "quarantine").map((s) => compileQuarantine(s, node, row.examples, context)).filter((q) => q !== undefined);
  warnOfSamePeriod(node, quarantines, context);
  if (label === undefined || split === undefined || where === undefined || typeof node.name !== "string") return undefined;
  return {
    ...context.named(node), examples: row.examples.name, where: where?.code ?? null, onePer, label: label.name, columns, features,
    weight: weight?.code ?? null, split, test: test ?? null, quarantines,
  };
}

function readLabel(node: Dataset, examples: Source | undefined, context: Context) {
  const value = valueOf(node, "label");
  const label = namedBy(value);
  if (value === undefined || label === undefined) return undefined;
  if (!isLabel(label)) return wrongKind(value, "label", label, context);
  const of = namedBy(valueOf(label, "of"));
  if (isSource(of) && examples !== undefined && of !== examples) {
    return context.report(value, "wrong-kind", `\`${label.name}\` labels rows of \`${of.name}\`, but the examples are rows of \`${examples.name}\``, { related: [context.related(label, "the label")] });
  }
  return label;
}

export const wrongKind = (at: Expression, wanted: string, named: Named, context: Context): undefined =>
  context.report(at, "wrong-kind", `\`${textOf(at)}\` is a ${named.$type.toLowerCase()}, but a ${wanted} is needed here`);

function readWeight(e: Expression | undefined, env: Parameters<typeof check>[1], context: Context): Typed | undefined {
  const weight = check(e, env, context);
  const values = weight && possible(weight.code);
  if (e !== undefined && values === null && weight?.type.kind !== "null") return context.report(e, "out-of-range", `\`weight\` has no value in any row: \`${textOf(e)}\` is always missing`, { hint: "Write a number that can be worked out." });
  if (e !== undefined && values && isNumeric(weight.type) && values.high <= 0) {
    const why = values.high < 0 ? `must be at least 0, but this is ${values.low === values.high ? values.high : `at most ${values.high}`}` : "is never more than 0: no example would count";
    return context.report(e, "out-of-range", `\`weight\` ${why}`);
  }
  if (e === undefined || weight === undefined || isNumeric(weight.type)) return weight && toFloat(weight);
  return context.report(e, "type-mismatch", `\`weight\` expects a number, but this is ${inWords(weight.type)}`);
}

function compileFeatureList(node: Dataset, row: DatasetRow, context: Context): { columns: DatasetColumn[]; features: DatasetFeature[] } {
  const columns = new TakenColumns();
  const features: DatasetFeature[] = [];
  for (const item of [...itemsOf(valueOf(node, "features")), ...itemsOf(valueOf(node, "exclude"))]) {
    const named = namedBy(item);
    if (named !== undefined && context.names.expand(item) === undefined) context.report(item, "wrong-kind", `\`${textOf(item)}\` is a ${named.$type.toLowerCase()}, not a feature or column`);
  }
  warnOfIdle(node, context);
  for (const selected of context.names.selectionOf(node).features) {
    const found = row.value(selected.node, selected.selectedBy, columns);
    if (found === undefined || isSameInEveryRow(selected, found, context)) continue;
    features.push({ name: featureName(selected), type: valueType(found.type), value: found.code, origin: context.origin(selected.node, "name"), view: isColumn(selected.node) ? null : selected.owner.name });
  }
  return { columns: [...columns.values()], features };
}

/** Of a column that is computed from no other; of a view's features it is said there. */
function isSameInEveryRow({ node, selectedBy, owner }: SelectedFeature, { code }: Typed, context: Context): boolean {
  if (!isColumn(node) || columnsIn(code).size > 0) return false;
  context.report(selectedBy, "type-mismatch", `\`${owner.name}.${node.name}\` is the same in every row: nothing can be learned of it`, { hint: "Leave it out, of a `*` with `exclude`.", related: [context.related(node, "the column")] });
  return true;
}

/** Items of `features` that add nothing to those before them, or that are all excluded again; items of `exclude` that exclude nothing. */
function warnOfIdle(node: Dataset, context: Context): void {
  const idle = (item: Expression, why: string): void => context.report(item, "no-effect", `\`${textOf(item)}\` ${why}`, { severity: "warning", hint: "Leave it out." });
  const seen = new Set<object>();
  const nodes = (item: Expression): readonly object[] => (context.names.expand(item) ?? []).map((f) => f.node);
  for (const item of itemsOf(valueOf(node, "features"))) {
    const found = nodes(item);
    if (found.length > 0 && found.every((f) => seen.has(f))) idle(item, "is among the features already");
    for (const f of found) seen.add(f);
  }
  const left = new Set<object>(context.names.selectionOf(node).features.map((f) => f.node));
  for (const item of itemsOf(valueOf(node, "features"))) {
    const found = nodes(item);
    if (found.length > 0 && found.every((f) => !left.has(f))) idle(item, "is taken in here and left out again by `exclude`");
  }
  for (const item of itemsOf(valueOf(node, "exclude"))) {
    const found = nodes(item);
    if (found.length > 0 && found.every((f) => !seen.has(f))) idle(item, "is not among the features, so there is nothing to leave out");
    for (const f of found) seen.delete(f);
  }
}

/** `product_popularity.sales_7d`, or a column's own name. */
export const featureName = ({ node, owner }: SelectedFeature): string => (isColumn(node) ? node.name : `${owner.name}.${node.name}`);

/** Of a column by which rows are told apart: one that is the same in all of them tells none from another. */
export function columnName(e: Expression, of: Source, elaboration: Elaboration): string | undefined {
  const { context } = elaboration;
  const named = readName(e, `a column of \`${of.name}\``, context);
  if (named === undefined) return undefined;
  if (isColumn(named) && context.names.columnsOf(of).get(named.name) === named) {
    const column = elaboration.column(named);
    return column && constantOf(column) ? context.report(e, "type-mismatch", `\`${textOf(e)}\` is the same in every row`, { hint: "Name a column that differs.", related: [context.related(named, "the column")] }) : named.name;
  }
  return context.report(e, "wrong-kind", `\`${textOf(e)}\` is not a column of \`${of.name}\``);
}

/** Null: no test source. */
function readTest(node: Dataset, examples: Source, context: Context): string | null {
  const value = valueOf(node, "test");
  const test = namedBy(value);
  if (value === undefined || test === undefined) return null;
  if (!isSource(test)) return wrongKind(value, "source", test, context) ?? null;
  if (test === examples) return context.report(value, "out-of-range", `\`${test.name}\` holds the examples themselves: the model would be tested on what it was trained on`, { hint: "Name a source of other rows, or leave `test` out: then a part of the examples tests." }) ?? null;
  if (readsTheSame(test, examples, context)) return context.report(value, "out-of-range", `\`${test.name}\` reads the same files as \`${examples.name}\`: the model would be tested on what it was trained on`, { related: [context.related(examples, "the examples")] }) ?? null;
  const theirs = context.names.columnsOf(test);
  for (const column of context.names.columnsOf(examples).values()) {
    const other = theirs.get(column.name);
    if (other !== undefined && other.type?.name === column.type?.name) continue;
    const problem = other === undefined ? "has no column" : `has another type for`;
    context.report(value, "missing-columns", `\`${test.name}\` ${problem} \`${column.name}\`: a test source has the columns of \`${examples.name}\``, { hint: `Write \`columns: ${examples.name}.columns\` there.` });
    return null;
  }
  return test.name;
}

/** Written alike, in one folder. */
const readsTheSame = (a: Source, b: Source, context: Context): boolean =>
  valueOf(a, "read") !== undefined && textOf(valueOf(a, "read")) === textOf(valueOf(b, "read")) && context.folderOf(a) === context.folderOf(b);

function readSplit(node: Dataset, examples: Source, hasTest: boolean, elaboration: Elaboration): Split | undefined {
  const { context } = elaboration;
  const value = valueOf(node, "split");
  const hasTime = valueOf(examples, "time") !== undefined;
  if (value === undefined) {
    const parts = hasTest ? { train: 0.9, validate: 0.1, test: 0 } : { train: 0.8, validate: 0.1, test: 0.1 };
    return hasTime && !hasTest ? { kind: "time", ...parts } : { kind: "hash", by: [], ...parts };
  }
  const read = readCall(value, ["by_time", "by_hash", "by_group"], "`split`", context);
  if (read === undefined) return undefined;
  const args = new Arguments(read.entry, read.bound, context);
  const parts = readParts(args, value, hasTest, context);
  const named = args.all("by").flatMap((e) => itemsOf(e)).map((e) => columnName(e, examples, elaboration));
  const by = [...new Set(named.filter((c) => c !== undefined))];
  if (parts === undefined || args.failed || named.includes(undefined)) return undefined;
  if (read.call.function === "by_hash") return { kind: "hash", by, ...parts };
  if (read.call.function === "by_group") return by.length === 0 ? context.report(args.expression("by") ?? value, "wrong-arguments", "`by_group` needs a column") : { kind: "group", by, ...parts };
  if (hasTime) return { kind: "time", ...parts };
  return context.report(value, "missing-time", `\`${examples.name}\` has no event time to split by`, { hint: "Use by_hash(…), or give the source `time: column`." });
}

/** What is not said is what is left: `by_time(train: 70%, validate: 10%)` tests on 20%; with a test source nothing is left for testing. */
function readParts(args: Arguments, at: Expression, hasTest: boolean, context: Context): { train: number; validate: number; test: number } | undefined {
  const train = args.number("train", "share");
  const validate = args.number("validate", "share");
  const test = args.number("test", "share");
  if (args.failed) return undefined;
  if (hasTest && test !== undefined && test > 0) {
    return context.report(args.expression("test") ?? at, "wrong-arguments", "the test part is another source: nothing is left to split for testing", { hint: "Share the examples out among `train` and `validate`." });
  }
  if (train === 1) return context.report(args.expression("train") ?? at, "split-not-whole", `with 100% for training nothing is left to ${hasTest ? "validate" : "validate or test"} on`);
  const left = (...given: number[]): number => Number(Math.max(0, 1 - given.reduce((a, b) => a + b, 0)).toPrecision(12));
  const forTest = hasTest ? 0 : 0.1;
  const v = validate ?? (hasTest && train !== undefined ? left(train, test ?? 0) : Math.min(0.1, left(train ?? 0, test ?? 0)));
  const t = test ?? (hasTest || train === undefined ? forTest : left(train, v));
  const full = { train: train ?? left(v, t), validate: v, test: t };
  const sum = full.train + full.validate + full.test;
  if (Math.abs(sum - 1) < 1e-9) return full;
  const percent = (x: number): string => `${Number((x * 100).toPrecision(6))}%`;
  const named = `${percent(full.train)} train + ${percent(full.validate)} validate${full.test > 0 ? ` + ${percent(full.test)} test` : ""}`;
  return context.report(at, "split-not-whole", `the parts make ${percent(sum)}, not 100%: ${named}`);
}

/** Of the same period twice; one within another may have a reason of its own. */
function warnOfSamePeriod(node: Dataset, quarantines: readonly { readonly name: string; readonly from: string; readonly to: string }[], context: Context): void {
  const first = new Map<string, string>();
  for (const { name, from, to } of quarantines) {
    const period = `${Date.parse(from)} ${Date.parse(to)}`;
    const other = first.get(period);
    const at = other !== undefined && sections(node, "quarantine").find((s) => s.name === name);
    if (at) context.report(at, "no-effect", `\`${other}\` leaves the same period out`, { property: "name", severity: "warning", hint: "Leave it out, or write the period that was meant." });
    first.set(period, other ?? name);
  }
}

function compileQuarantine(node: Section, dataset: Dataset, examples: Source, context: Context) {
  const from = readInstant(valueOf(node, "from"), "`from`", context);
  const to = readInstant(valueOf(node, "to"), "`to`", context);
  const because = readText(valueOf(node, "because"), "`because`", context);
  if (valueOf(examples, "time") === undefined) return context.report(node, "missing-time", `\`${examples.name}\` has no event time, so \`${dataset.name}\` has no periods to leave out`);
  if (from === undefined || to === undefined || because === undefined || node.name === undefined) return undefined;
  if (Date.parse(from) >= Date.parse(to)) return context.report(valueOf(node, "to") ?? node, "out-of-range", "a quarantine must begin before it ends");
  return { ...context.named(node), from, to, because };
}

