import type { Model, ModelInput, PolicyRule } from "../../grammar/compiled-spec/index.ts";
import type { Stream } from "../analysis/flow.ts";
import type { LineageNode } from "../analysis/lineage.ts";
import type { Check, Facts, Finding } from "./finding.ts";

export const piiReachesModel: Check = {
  id: "pii-reaches-model",
  title: "Tagged data reaches a model",
  severity: "error",
  foundIn: ["sources", "features", "models"],
  run,
  explanation: {
    problem:
      "Personal data in a model can be read out of it again: a vocabulary stands in the model file word for word, and an embedding remembers single "
      + "people. From then on every copy of the model is personal data, with all that follows for access and erasure. Without a policy, data tagged "
      + "`@pii` may not reach a model unless it is hashed; `deny inputs where …` in a policy says it for any tag.",
    failing: `model ranker {
  predict: purchased from shown
  inputs {
    bought = standardize(history.bought_28d)
    mail = embedding(impressions.email, size: 8, top: 1000)
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
    mended: `model ranker {
  predict: purchased from shown
  inputs {
    bought = standardize(history.bought_28d)
    mail = embedding(impressions.email, size: 8, buckets: 1000)
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
      "Columns that nobody tagged, and what a column gives away about another. A hash hides a value but still tells people apart. Counts (`count`, "
      + "`distinct`, `is_null`) and filters carry no tag: they say how many, not what.",
  },
};

interface Ban {
  readonly tags: readonly string[];
  readonly unless: readonly string[];
  /** Null for the default that holds without a policy. */
  readonly rule: { readonly policy: string; readonly clause: PolicyRule } | null;
}

function run(facts: Facts): readonly Finding[] {
  const bans = bansOf(facts);
  return facts.spec.models.flatMap((model) => {
    const end = facts.lineage.nodes.filter(({ id }) => id === `model:${model.name}`);
    return model.inputs.flatMap((input) => {
      const streams = facts.streams.get(`model-input:${model.name}.${input.name}`) ?? [];
      return bans.flatMap((ban) => findingFor(model, input, end, streams, ban));
    });
  });
}

function bansOf({ spec }: Facts): readonly Ban[] {
  const declared: readonly Ban[] = spec.policies.flatMap((policy) =>
    policy.rules.flatMap((clause) =>
      clause.kind === "deny-inputs" ? [{ tags: clause.tags, unless: clause.unless, rule: { policy: policy.name, clause } }] : []));
  const coversPii = declared.some(({ tags }) => tags.includes("pii"));
  return coversPii ? declared : [...declared, { tags: ["pii"], unless: ["hashed"], rule: null }];
}

function findingFor(model: Model, input: ModelInput, end: readonly LineageNode[], streams: readonly Stream[], ban: Ban): readonly Finding[] {
  const open = streams.filter((stream) => !ban.unless.some((tag) => stream.tags.has(tag)));
  const carriers = ban.tags.map((tag) => open.find((stream) => stream.tags.has(tag)));
  const [first] = carriers;
  if (first === undefined || carriers.includes(undefined)) return [];
  const path = [...first.path, ...end];
  const others = open.filter((stream) => stream !== first && ban.tags.some((tag) => stream.tags.has(tag)));
  return [{
    check: piiReachesModel.id,
    severity: piiReachesModel.severity,
    message: message(model, input, ban, path),
    origin: input.origin,
    related: [
      ...hops(path),
      ...others.flatMap((other) => other.path.slice(0, 1)).map((node) => ({ origin: node.origin, message: `${describe(node)} reaches the input as well` })),
      ...(ban.rule === null ? [] : [{ origin: ban.rule.clause.origin, message: `policy \`${ban.rule.policy}\` denies it` }]),
    ],
    dependsOn: [model.origin],
    data: { model: model.name, input: input.name, tags: ban.tags, path: path.map(({ name }) => name) },
  }];
}

function message(model: Model, input: ModelInput, ban: Ban, path: readonly LineageNode[]): string {
  const tags = ban.tags.map((tag) => `@${tag}`).join(" ");
  const way = [...new Set(path.map(describe))].join(" → ");
  const because = ban.rule === null
    ? "Without a policy, personal data must be hashed on the way"
    : `Policy \`${ban.rule.policy}\` denies \`${ban.rule.clause.text}\``;
  const remedy = ban.unless.includes("hashed") ? "hash it (`hashed(…)`, or an encoding with `buckets`) or leave the input out" : "leave the input out";
  return `Data tagged ${tags} reaches model \`${model.name}\` through input \`${input.name}\`: ${way}. ${because}: ${remedy}.`;
}

/** The places between the input (where the finding stands) and the tag's origin, in the order of the flow. */
function hops(path: readonly LineageNode[]): Finding["related"] {
  return path.filter(({ kind }) => kind !== "model-input" && kind !== "model").map((node, i) => ({
    origin: node.origin,
    message: i === 0 ? `${describe(node)} is tagged ${node.tags.map((tag) => `@${tag}`).join(" ")}` : `by way of ${describe(node)}`,
  }));
}

const words: Partial<Record<LineageNode["kind"], string>> = {
  column: "column", "request-field": "request field", feature: "feature", "dataset-column": "dataset", "dataset-feature": "feature",
  "model-input": "input", model: "model",
};

/**
 * ``column `impressions.email` ``; a dataset's column by the dataset alone, since its name repeats what came before; a row
 * feature as computed for a dataset by the feature's name, so that feature and dataset feature are one hop to the reader.
 */
function describe(node: LineageNode): string {
  const dot = node.name.indexOf(".");
  const name = node.kind === "dataset-column" ? node.name.slice(0, dot) : node.kind === "dataset-feature" ? node.name.slice(dot + 1) : node.name;
  return `${words[node.kind] ?? node.kind} \`${name}\``;
}
