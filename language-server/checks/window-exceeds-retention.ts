import { aggregatesOf, type Dataset, type FeatureDefinition, type FeatureView, type Label, type Source } from "../../grammar/compiled-spec/index.ts";
import { maturityMs, reachBackMs } from "../analysis/time.ts";
import type { Check, Facts, Finding, Fix } from "./finding.ts";
import { duration, durationAtLeast, spot } from "./wording.ts";

export const windowExceedsRetention: Check = {
  id: "window-exceeds-retention",
  title: "A window reaches further back than its source is kept",
  severity: "error",
  foundIn: ["features", "labels"],
  run,
  explanation: {
    problem:
      "Data past its retention is gone, and an aggregate over missing rows is not an error but a smaller number. In training, the newest example that "
      + "has a label is as old as the label takes to mature, and its windows begin before that: retention must cover both together.",
    failing: `features history for shopper {
  from: purchases
  bought_28d = count() over 500d
  refresh: 1h
}`,
    mended: `features history for shopper {
  from: purchases
  bought_28d = count() over 365d
  refresh: 1h
}`,
    cannotSee:
      "Windows without a beginning, how far back the examples go (each older example needs more still), and whether the data that is declared to be kept is there.",
  },
};

function run(facts: Facts): readonly Finding[] {
  const uses = slowestUses(facts);
  const features = facts.spec.features.flatMap((view) => {
    const source = sourceOf(facts, view);
    return source === undefined ? [] : view.definitions.flatMap((feature) => featureFinding(view, feature, source, uses.get(`${view.name}.${feature.name}`)) ?? []);
  });
  return [...features, ...facts.spec.labels.flatMap((label) => labelFindings(facts, label))];
}

function sourceOf({ index }: Facts, view: FeatureView): Source | undefined {
  return view.from.kind === "source" ? index.sources.get(view.from.source) : undefined;
}

function featureFinding(view: FeatureView, feature: FeatureDefinition, source: Source, slowest: Use | undefined): Finding | null {
  if (source.retainMs === null) return null;
  const reaches = aggregatesOf(feature.value).map(({ window }) => reachBackMs(window) ?? 0);
  const reach = Math.max(0, ...reaches);
  const n = reaches.indexOf(reach);
  const needed = reach + (slowest === undefined ? 0 : maturityMs(slowest.label));
  if (reach === 0 || needed <= source.retainMs) return null;
  const start = `\`${view.name}.${feature.name}\` looks back ${duration(reach)} from the example`;
  const kept = `\`${source.name}\` is kept for ${duration(source.retainMs)}`;
  const alone = reach > source.retainMs || slowest === undefined;
  return {
    check: windowExceedsRetention.id,
    severity: windowExceedsRetention.severity,
    message: alone
      ? `${start}, but ${kept}: the oldest ${duration(reach - source.retainMs)} of its window are always empty.`
      : `${start}, and the newest example of \`${slowest.dataset.name}\` with a known label is ${duration(maturityMs(slowest.label))} old (\`${slowest.label.name}\`): `
        + `together ${duration(needed)}, but ${kept}.`,
    origin: spot(feature, `window.${n}`),
    related: [
      { origin: spot(source, "retain"), message: kept },
      ...(alone ? [] : [{ origin: spot(slowest.label, "within"), message: `label \`${slowest.label.name}\` matures after ${duration(maturityMs(slowest.label))}` }]),
      ...(alone ? [] : [{ origin: slowest.dataset.origin, message: `dataset \`${slowest.dataset.name}\` has the feature` }]),
    ],
    data: { feature: `${view.name}.${feature.name}`, source: source.name, neededMs: needed, retainMs: source.retainMs },
    ...fixOf(source, needed),
  };
}

interface Use {
  readonly dataset: Dataset;
  readonly label: Label;
}

/** By a feature's full name: of the datasets that have it, the one whose label matures last. */
function slowestUses({ spec, index }: Facts): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  for (const dataset of spec.datasets) {
    const label = index.labels.get(dataset.label);
    for (const { from } of dataset.columns) {
      if (label === undefined || from.kind !== "entity-feature") continue;
      const name = `${from.view}.${from.feature}`;
      const known = uses.get(name);
      if (known === undefined || maturityMs(known.label) < maturityMs(label)) uses.set(name, { dataset, label });
    }
  }
  return uses;
}

/** An example must still be there when its label is known, and so must the events that decide it. */
function labelFindings({ index }: Facts, label: Label): readonly Finding[] {
  const { rule } = label;
  if (rule.kind !== "later-events") return [];
  const sources = new Set([label.of, rule.events]);
  return [...sources].flatMap((name) => {
    const source = index.sources.get(name);
    if (source === undefined || source.retainMs === null || rule.withinMs <= source.retainMs) return [];
    const gone = name === label.of ? "every example is gone before its label is known" : "the first events of its window are gone before the last have come";
    return [{
      check: windowExceedsRetention.id,
      severity: windowExceedsRetention.severity,
      message: `Label \`${label.name}\` is known ${duration(rule.withinMs)} after the example, but \`${name}\` is kept for ${duration(source.retainMs)}: ${gone}.`,
      origin: spot(label, "within"),
      related: [{ origin: spot(source, "retain"), message: `\`${name}\` is kept for ${duration(source.retainMs)}` }],
      data: { label: label.name, source: name, neededMs: rule.withinMs, retainMs: source.retainMs },
      ...fixOf(source, rule.withinMs),
    }];
  });
}

function fixOf(source: Source, neededMs: number): { readonly fix?: Fix } {
  const at = source.at["retain"];
  if (at === undefined) return {};
  const newText = durationAtLeast(neededMs);
  return { fix: { title: `Keep \`${source.name}\` for ${newText}`, edits: [{ origin: at, newText }] } };
}
