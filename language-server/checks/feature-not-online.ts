import type { Dataset, Expression, Model } from "../../grammar/compiled-spec/index.ts";
import { columnsRead } from "../analysis/expression.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { servedModels, type Exposure } from "./served.ts";
import { spot } from "./wording.ts";

export const featureNotOnline: Check = {
  id: "feature-not-online",
  title: "A served model needs a feature that has no online value",
  severity: "error",
  foundIn: ["features", "models"],
  run,
  explanation: {
    problem:
      "The model learned from a feature that exists in the training data only. When it is asked, the feature is missing in every request, and the "
      + "model answers from a world it has never seen: usually worse, always silently.",
    failing: `features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  online: false
}`,
    mended: `features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  refresh: 1h
}`,
    cannotSee:
      "Callers who send the feature's value themselves, under its full name: suppress the finding and say so. Whether the online store is filled in time is a matter of `refresh` and `max_age`.",
  },
};

/** What the service computes when it answers: an input of the model, or the fallback that it names. */
interface Need {
  readonly what: string;
  readonly origin: Finding["origin"];
  readonly value: Expression;
}

function run(facts: Facts): readonly Finding[] {
  return [...servedModels(facts.spec).values()].flatMap((exposure) => {
    const model = facts.index.models.get(exposure.model);
    if (model === undefined) return [];
    const dataset = facts.index.datasets.get(model.dataset);
    if (dataset === undefined) return [];
    const joined = joinedFeatures(dataset);
    return needsOf(facts, model).flatMap((need) => findingsFor(facts, exposure, model, joined, need));
  });
}

function needsOf({ spec }: Facts, model: Model): readonly Need[] {
  const named = new Set(spec.services.filter((service) => service.model === model.name).map((service) => service.otherwise));
  return [
    ...model.inputs.map(({ name, origin, value }) => ({ what: `input \`${name}\``, origin, value })),
    ...model.fallbacks.filter(({ name }) => named.has(name)).map(({ name, origin, value }) => ({ what: `fallback \`${name}\``, origin, value })),
  ];
}

type JoinedFeature = Extract<Dataset["columns"][number]["from"], { kind: "entity-feature" }>;

/** The dataset's columns that are features of an entity, by the column's name. */
function joinedFeatures(dataset: Dataset): ReadonlyMap<string, JoinedFeature> {
  return new Map(dataset.columns.flatMap(({ name, from }) => (from.kind === "entity-feature" ? [[name, from] as const] : [])));
}

function findingsFor(facts: Facts, exposure: Exposure, model: Model, joined: ReadonlyMap<string, JoinedFeature>, need: Need): readonly Finding[] {
  return [...columnsRead(need.value)].flatMap((column) => {
    const from = joined.get(column);
    if (from === undefined) return [];
    const view = facts.index.views.get(from.view);
    if (view === undefined || view.online) return [];
    const feature = `\`${from.view}.${from.feature}\``;
    const said = spot(view, "online");
    return [{
      check: featureNotOnline.id,
      severity: featureNotOnline.severity,
      message:
        `Model \`${model.name}\` answers in ${exposure.by}, but its ${need.what} needs ${feature}, which has no online value: \`${view.name}\` says \`online: false\`. `
        + "It would be missing in every request. Keep it online, or take it out of the model.",
      origin: need.origin,
      related: [{ origin: said, message: `\`${view.name}\` is computed for training only` }, { origin: exposure.origin, message: `${exposure.by} brings \`${model.name}\` to users` }],
      data: { model: model.name, feature: `${from.view}.${from.feature}` },
      ...(view.at["online"] === undefined ? {} : { fix: { title: `Keep \`${view.name}\` online`, edits: [{ origin: said, newText: "true" }] } }),
    }];
  });
}
