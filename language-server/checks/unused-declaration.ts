import type { CompiledSpec, Origin } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";

export const unusedDeclaration: Check = {
  id: "unused-declaration",
  title: "A declaration that nothing uses",
  severity: "info",
  foundIn: ["entities", "sources", "features", "labels", "datasets", "roles"],
  needsWholeSpec: true,
  run,
  explanation: {
    problem:
      "What nothing uses is read, reviewed and kept correct for nothing, and often it is the trace of a mistake: the dataset that selects the wrong view, the "
      + "label that was meant to be predicted.",
    failing: `features spending for shopper {
  from: purchases
  spent_28d = sum(price) over 28d
}`,
    mended: `features spending for shopper {
  from: purchases
  spent_28d = sum(price) over 28d
}

dataset shown {
  examples: impressions
  label: purchased
  features: [history.*, spending.*, impressions.country, impressions.position]
  split: by_time(train: 80%, validate: 10%, test: 10%)
}`,
    cannotSee:
      "Uses by other files that import this one: imported files, and files without a model, are left alone. Models need no service, and of a group of features one that is used is enough.",
  },
};

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly origin: Origin;
}

function run({ spec }: Facts): readonly Finding[] {
  // A file without a model is a library: what it declares is used by those that import it.
  if (!spec.models.some(({ origin }) => origin.file === 0)) return [];
  const used = usedNames(spec);
  return declared(spec).filter(({ kind, name, origin }) => origin.file === 0 && !used.has(`${kind} ${name}`)).map(({ kind, name, origin }) => ({
    check: unusedDeclaration.id,
    severity: unusedDeclaration.severity,
    message: `Nothing uses ${kind} \`${name}\`.`,
    origin,
    related: [],
  }));
}

function declared(spec: CompiledSpec): readonly Declared[] {
  const kinds: readonly (readonly [string, readonly { readonly name: string; readonly origin: Origin }[]])[] = [
    ["entity", spec.entities], ["source", spec.sources], ["features", spec.features], ["label", spec.labels], ["dataset", spec.datasets], ["role", spec.roles],
  ];
  return kinds.flatMap(([kind, declarations]) => declarations.map(({ name, origin }) => ({ kind, name, origin })));
}

function usedNames(spec: CompiledSpec): ReadonlySet<string> {
  const used = new Set<string>();
  const use = (kind: string, name: string | null): void => void (name !== null && used.add(`${kind} ${name}`));
  for (const source of spec.sources) for (const column of source.columns) use("entity", column.entity);
  for (const view of spec.features) {
    use("entity", view.entity);
    if (view.from.kind === "source") use("source", view.from.source);
    else for (const field of view.from.columns) use("entity", field.entity);
  }
  for (const label of spec.labels) {
    use("source", label.of);
    if (label.rule.kind === "later-events") use("source", label.rule.events);
  }
  for (const dataset of spec.datasets) {
    for (const name of [dataset.examples, dataset.test]) use("source", name);
    use("label", dataset.label);
    for (const { view } of dataset.features) use("features", view);
    for (const { from } of dataset.columns) if (from.kind === "entity-feature") use("features", from.view);
  }
  for (const model of spec.models) use("dataset", model.dataset);
  for (const { indicator } of spec.slos) if (indicator.kind === "label-rate") use("label", indicator.label);
  for (const stage of spec.rollouts.flatMap(({ stages }) => stages)) {
    use("role", stage.approve);
    for (const requirement of stage.requirements) if (requirement.kind === "label-rate") use("label", requirement.label);
  }
  for (const rule of spec.policies.flatMap(({ rules }) => rules)) if (rule.kind === "require-approval") use("role", rule.role);
  return used;
}
