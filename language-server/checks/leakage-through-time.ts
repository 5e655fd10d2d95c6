import { aggregatesOf, type Aggregate, type Dataset, type FeatureDefinition, type FeatureView, type Label, type Source } from "../../grammar/compiled-spec/index.ts";
import { foresight, windowBeforeExample } from "../analysis/time.ts";
import type { Check, Facts, Finding, Fix } from "./finding.ts";
import { duration, durationLiteral, spot } from "./wording.ts";

export const leakageThroughTime: Check = {
  id: "leakage-through-time",
  title: "A feature sees what happens after the example",
  severity: "error",
  foundIn: ["features"],
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
      + "later. Features that no dataset selects are not looked at. (Aggregates over a source without an event time are refused by the language itself.)",
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
    const finding = windowFinding(facts, use);
    if (finding === null) return [];
    seen.add(name);
    return [finding];
  });
}

function usesOf(facts: Facts, dataset: Dataset): readonly Use[] {
  const selected = new Set(dataset.features.map(({ name }) => name));
  return dataset.columns.flatMap(({ name, role, from }) => {
    // What is kept only to slice an evaluation may know the future.
    if (from.kind !== "entity-feature" || (role !== "feature" && !selected.has(name))) return [];
    const view = facts.index.views.get(from.view);
    if (view?.from.kind !== "source") return [];
    const feature = facts.index.features.get(`${from.view}.${from.feature}`);
    const source = facts.index.sources.get(view.from.source);
    return feature === undefined || source === undefined ? [] : [{ dataset, view, feature, source }];
  });
}

function windowFinding(facts: Facts, use: Use): Finding | null {
  const { dataset, view, feature, source } = use;
  const aggregates = aggregatesOf(feature.value);
  const ends = aggregates.map(({ window }) => window.toMs);
  const n = ends.indexOf(Math.max(...ends));
  const aggregate = aggregates[n];
  if (aggregate === undefined || aggregate.window.toMs <= 0) return null;
  const label = facts.index.labels.get(dataset.label);
  const at = spot(feature, `window.${n}`);
  const sibling = view.definitions.find((other) => other !== feature && isOnly(other, aggregate));
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

/** True for a feature that is made of one aggregate, of this kind and over this window. */
function isOnly({ value }: FeatureDefinition, { fn, window }: Aggregate): boolean {
  const aggregates = aggregatesOf(value);
  return aggregates.length === 1 && aggregates.every((each) => each.fn === fn && each.window.fromMs === window.fromMs && each.window.toMs === window.toMs);
}
