import type { Aggregate, Dataset, FeatureDefinition, FeatureView, Label, Source } from "../../grammar/compiled-spec/index.ts";
import { columnsRead } from "../analysis/expression.ts";
import { featureOf, storedColumns } from "../analysis/index-of.ts";
import { foresight, windowBeforeExample } from "../analysis/time.ts";
import type { Check, Facts, Finding, Fix } from "./finding.ts";
import { duration, durationLiteral, spot } from "./wording.ts";

export const leakageThroughTime: Check = {
  id: "leakage-through-time",
  title: "A feature sees what happens after the example",
  severity: "error",
  run,
  explanation: {
    problem:
      "In the training data the future is there to be read. A feature that reads it makes the offline metrics shine and is worth nothing in production, "
      + "where the answer is due before those events have happened. This is the most frequent reason for a model that was better on paper.",
    failing: `features history for shopper {
  from: purchases
  bought_28d = count() over -28d..1d
  refresh: 1h
}`,
    mended: `features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  refresh: 1h
}`,
    cannotSee:
      "A lateness that is understated, an event time that is really the time of loading, and columns of the example's own row that are filled in "
      + "later. Features that no dataset selects are not looked at.",
  },
};

/** An entity feature that a dataset gives to its model. */
interface Use {
  readonly dataset: Dataset;
  readonly view: FeatureView;
  readonly feature: FeatureDefinition;
  readonly source: Source;
}

function run(facts: Facts): readonly Finding[] {
  const seen = new Set<string>();
  return facts.spec.datasets.flatMap((dataset) => usesOf(facts, dataset)).flatMap((use) => {
    // A feature's window is wrong in every dataset that has it: told once, for the first.
    const name = `${use.view.name}.${use.feature.name}`;
    if (seen.has(name)) return [];
    const finding = windowFinding(facts, use) ?? unboundedFinding(facts, use);
    if (finding === null) return [];
    seen.add(name);
    return [finding];
  });
}

function usesOf(facts: Facts, dataset: Dataset): readonly Use[] {
  return dataset.columns.flatMap(({ role, from }) => {
    if (role !== "feature" || from.kind !== "entity-feature") return [];
    const view = facts.index.views.get(from.view);
    const feature = featureOf(view, from.feature);
    const source = view?.from.kind === "source" ? facts.index.sources.get(view.from.source) : undefined;
    return view === undefined || feature === undefined || source === undefined ? [] : [{ dataset, view, feature, source }];
  });
}

function windowFinding(facts: Facts, use: Use): Finding | null {
  const { dataset, view, feature, source } = use;
  const ends = feature.aggregates.map(({ window }) => window.toMs);
  const n = ends.indexOf(Math.max(...ends));
  const aggregate = feature.aggregates[n];
  if (aggregate === undefined || aggregate.window.toMs <= 0) return null;
  const label = facts.index.labels.get(dataset.label);
  const at = spot(feature, `window.${n}`);
  const sibling = view.definitions.find((other) => other !== feature && other.aggregates.length === 1 && sameWindow(other.aggregates[0], aggregate));
  const fix = fixOf(feature, n, aggregate);
  return {
    check: leakageThroughTime.id,
    severity: leakageThroughTime.severity,
    message: [sees(use, aggregate), "When the model is asked, that has not happened yet.", ...sameEvents(label, source)].join(" "),
    origin: at,
    related: [
      ...(sibling === undefined || feature.at[`window.${n}`] !== undefined ? [] : [{ origin: sibling.origin, message: `\`${sibling.name}\` has that window` }]),
      { origin: dataset.origin, message: `dataset \`${dataset.name}\` gives it to its models` },
      ...(label === undefined ? [] : [{ origin: label.origin, message: `label \`${label.name}\` is what they predict` }]),
    ],
    data: { feature: `${view.name}.${feature.name}`, toMs: aggregate.window.toMs, latenessMs: source.latenessMs },
    ...(fix === null ? {} : { fix }),
  };
}

function sees({ view, feature, source }: Use, { window }: Aggregate): string {
  const { knownMs, happenedMs } = foresight(window, source.latenessMs);
  const name = `\`${view.name}.${feature.name}\``;
  const end = `its window ends at +${duration(knownMs)}`;
  if (source.latenessMs === 0) return `${name} sees \`${source.name}\` up to ${duration(happenedMs)} after the example: ${end}.`;
  const late = `\`${source.name}\` are known at most ${duration(source.latenessMs)} late`;
  return happenedMs > 0
    ? `${name} sees \`${source.name}\` up to ${duration(happenedMs)} after the example: ${end}, and ${late}.`
    : `${name} sees \`${source.name}\` that become known up to ${duration(knownMs)} after the example: ${end}, and ${late}.`;
}

function sameEvents(label: Label | undefined, source: Source): readonly string[] {
  if (label?.rule.kind !== "later-events" || label.rule.events !== source.name) return [];
  return [`Label \`${label.name}\` is decided by the same \`${source.name}\` in the ${duration(label.rule.withinMs)} after the example.`];
}

function fixOf(feature: FeatureDefinition, n: number, { window }: Aggregate): Fix | null {
  const at = feature.at[`window.${n}`];
  const { fromMs } = windowBeforeExample(window);
  const newText = fromMs === null ? null : durationLiteral(-fromMs);
  if (at === undefined || newText === null) return null;
  return { title: `End the window at the example: \`over ${newText}\``, edits: [{ origin: at, newText }] };
}

function sameWindow(a: Aggregate | undefined, b: Aggregate): boolean {
  return a !== undefined && a.fn === b.fn && a.window.fromMs === b.window.fromMs && a.window.toMs === b.window.toMs;
}

/** Aggregates that have no point in time to stop at. */
function unboundedFinding(facts: Facts, use: Use): Finding | null {
  const { dataset, view, feature, source } = use;
  const examples = facts.index.sources.get(dataset.examples);
  if (examples === undefined || feature.aggregates.length === 0) return null;
  const name = `\`${view.name}.${feature.name}\``;
  const found = (message: string): Finding => ({
    check: leakageThroughTime.id,
    severity: leakageThroughTime.severity,
    message,
    origin: feature.origin,
    related: [
      { origin: examples.origin, message: `\`${examples.name}\` has no \`time:\`` },
      { origin: dataset.origin, message: `dataset \`${dataset.name}\` gives the feature to its models` },
    ],
    data: { feature: `${view.name}.${feature.name}` },
  });
  if (source.time !== null && examples.time === null) {
    return found(
      `${name} sees all of \`${source.name}\`, also what happened after the example: the examples of \`${dataset.name}\` are rows of \`${examples.name}\`, which has `
      + `no event time, so no window can end there. Give \`${examples.name}\` a \`time:\`.`,
    );
  }
  const label = facts.index.labels.get(dataset.label);
  if (source.name !== examples.name || source.time !== null || label === undefined || !readsLabel(feature, label, source)) return null;
  return found(
    `${name} is computed over all rows of \`${source.name}\`, the example's own row and later ones included, and reads what label \`${label.name}\` is made of: `
    + `\`${source.name}\` has no event time to stop at. Give \`${source.name}\` a \`time:\`.`,
  );
}

/** True when the feature reads every column of the examples that decides the label: then it has the answer within it. */
function readsLabel(feature: FeatureDefinition, label: Label, source: Source): boolean {
  if (label.of !== source.name || label.rule.kind !== "row") return false;
  const needed = storedColumns(source, columnsRead(label.rule.value));
  const read = storedColumns(source, columnsRead(feature.value, feature.aggregates));
  return needed.size > 0 && [...needed].every((column) => read.has(column));
}
