/**
 * The small shop that the explanations' examples belong to. An example shows only the declarations that matter;
 * `exampleSpec` puts them in place of the shop's own, so that every example is a whole spec that a test can compile.
 */
const shop: readonly string[] = [
  `entity shopper { key: shopper_id }`,
  `source impressions {
  read: parquet("data/impressions/*.parquet")
  time: shown_at
  lateness: 1m
  volume: 480k / 1d
  retain: 400d
  columns {
    shopper_id: string -> shopper @pii
    email: string @pii
    country: string
    position: int
    shown_at: timestamp
  }
}`,
  `source purchases {
  read: parquet("data/purchases/*.parquet")
  time: bought_at
  lateness: 1m
  retain: 400d
  columns {
    shopper_id: string -> shopper @pii
    price: float
    bought_at: timestamp
  }
}`,
  `features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  refresh: 1h
}`,
  `label purchased: bool {
  of: impressions
  is: exists(purchases where same(shopper))
  within: 24h
}`,
  `dataset shown {
  examples: impressions
  label: purchased
  features: [history.*, impressions.email, impressions.country, impressions.position]
  split: by_time(train: 80%, validate: 10%, test: 10%)
}`,
  `model ranker {
  predict: purchased from shown
  inputs {
    bought = standardize(history.bought_28d)
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
  `evaluation ranker_quality of ranker {
  metrics: [auc]
  require auc >= 0.7
}`,
  `service recommend {
  model: ranker
  timeout: 50ms
  otherwise: ranker.usual
}`,
  `slo available of recommend {
  objective: share(succeeded) >= 99.5% over 7d
  respond { detect: 5m, decide: 10m, recover: 5m }
}`,
  `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100% }
}`,
];

/** The shop's spec with the declarations of `fragment` in place of its own of the same kind and name, or added to them. */
export function exampleSpec(fragment: string): string {
  const shown = new Set(headings(fragment));
  const rest = shop.filter((declaration) => !headings(declaration).some((heading) => shown.has(heading)));
  return `${[...rest, fragment].join("\n\n")}\n`;
}

/** `model ranker` of each declaration: they begin at the start of a line. */
function headings(text: string): string[] {
  return [...text.matchAll(/^[a-z]+ \w+/gm)].map(([heading]) => heading);
}
