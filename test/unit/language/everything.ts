/** Every property once, in as few words as possible. */
export const everything = `
entity product { key: sku }
entity shopper { key: who }
source sales {
  read: csv("sales.csv", delimiter: ";", missing: ["?"], skip: 1)
  time: at
  lateness: 15m
  volume: 2k / 1d
  retain: 400d
  purpose: [ranking]
  columns {
    sku: string -> product
    who: string -> shopper @pii
    price: float @unit(USD)
    cost: float? from "the cost"
    country: string
    gift: bool
    at: timestamp
    margin: float? = price - cost
  }
  expect {
    require rows in 1k..2M per 1d
    require missing(cost) < 5%
    require distinct(country) >= 3
    require price > 0
  }
}
source old {
  read: parquet("old.parquet")
  time: at
  columns: sales.columns
}
source plain {
  read: json("plain.json")
  volume: 1k / 1d
  retain: 30d
  columns { kind: string }
}
features recent for product {
  from: sales where price > 1
  sold = count() over 7d
  spent = sum(price) over 28d
  early = count(where country == "de") over 3d
  refresh: 1h
  max_age: 6h
  owner: "pricing"
}
features kept for product {
  from: sales
  newest = last(price)
  online: false
}
features moment {
  from: request { country: string, at: timestamp }
  hour = hour_of_day(at)
  abroad = country != "de" @sensitive
}
label bought: bool {
  of: sales
  is: exists(sales where same(shopper) and price > 2)
  within: 1d
}
dataset shown {
  examples: sales where price > 0
  label: bought
  features: [recent.*, moment.hour, sales.*]
  exclude: [sales.gift, sales.margin]
  one_per: [who, sku]
  weight: if gift then 2 else 1
  split: by_group(who, train: 70%, validate: 20%, test: 10%)
  quarantine outage { from: 2026-11-27, to: 2026-11-28, because: "fraud" }
}
dataset tested {
  examples: sales
  label: bought
  features: [sales.price]
  test: old
}
model ranker {
  predict: bought from shown
  network: [dense(16, tanh), dropout(10%)]
  owner: "ranking"
  inputs {
    price = standardize(log1p(price))
    sold = bucketize(recent.sold, boundaries: [2, 5])
    country = one_hot(country, top: 20)
    hour = number(moment.hour)
  }
  train { optimizer: sgd(rate: 0.1, momentum: 0.9), batch: 64, epochs: 3, seed: 7, patience: 2, device: cpu, engine: tensorflow, budget: 30m }
  fallback usual = 0.2
}
evaluation quality of ranker {
  metrics: [auc, log_loss, recall]
  threshold: 0.3
  slices: [sales.country]
  min_rows: 200
  baseline popular = recent.sold / 100
  slice cheap = price < 5
  require auc >= 0.7
  require auc >= 0.6 by country
  require auc >= current.auc - 0.01
  require log_loss <= popular.log_loss * 90%
}
label cost: float {
  of: sales
  is: price
}
dataset priced {
  examples: sales
  label: cost
  features: [sales.country]
}
model pricer {
  predict: cost from priced
}
evaluation pricing of pricer {
  metrics: [mae]
}
service recommend {
  model: ranker
  timeout: 50ms
  otherwise: ranker.usual
  log: predictions(flush: 2s)
  volume: 3k / 1d
  batch { size: 64, wait: 2ms }
}
service quiet { model: ranker, log: off }
slo fast of recommend {
  objective: share(latency < 50ms) >= 99% over 28d
  respond { detect: 5m, decide: 10m, recover: 5m }
}
slo up of recommend { objective: share(succeeded) >= 99.9% over 7d }
slo fresh of ranker { objective: share(model_age < 48h) >= 99% over 28d }
slo buying of recommend { objective: rate(bought) >= 4% over 7d }
rollout release of ranker on recommend {
  unit: who
  alpha: 1%
  power: 90%
  stage mirror { traffic: 0%, hold: 2h, require disagreement(tolerance: 0.1) < 5% }
  stage canary {
    traffic: 10%
    hold: 1d
    approve: lead
    at_most: 20d
    otherwise: ask
    require rate(errors) <= control
    require rate(bought) >= control * 99%
    require latency.p99 < 20ms
  }
  stage everyone { traffic: 100% }
}
policy careful {
  deny inputs where pii and not hashed
  require approval(lead) before canary
}
role lead { members: ["lead@yarnit.example"] }
`;
