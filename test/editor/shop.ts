/** A small shop as a user's workspace: two specs that import each other's names, and events enough to train on within seconds. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export interface Workspace {
  readonly folder: string;
  readonly path: (name: string) => string;
  read(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** In a new temporary folder; `files` are added to, or take the place of, those of the shop. */
export async function shopWorkspace(files: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  const workspace = await emptyWorkspace({ "catalog.mlspec": catalog, "shop.mlspec": shop, "data/offers.csv": offers(4000), ...files });
  return workspace;
}

export async function emptyWorkspace(files: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-workspace-"));
  const path = (name: string) => join(folder, name);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path(name), ".."), { recursive: true });
    await writeFile(path(name), text);
  }
  return { folder, path, read: (name) => readFile(path(name), "utf8"), remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** A copy of an example's specs, without its data. */
export async function exampleWorkspace(example: string, specs: readonly string[]): Promise<Workspace> {
  const workspace = await emptyWorkspace();
  for (const spec of specs) await cp(join(import.meta.dirname, "../../examples", example, spec), workspace.path(basename(spec)));
  return workspace;
}

const catalog = `/// Somebody who is shown offers.
entity customer { key: customer_id }

/// One row per offer shown.
source offers {
  read: csv("data/offers.csv")
  time: shown_at
  volume: 400k / 1d
  retain: 90d
  columns {
    customer_id: string -> customer
    /// What the offer asks for.
    price: float @unit(USD)
    channel: string
    taken: bool
    shown_at: timestamp
  }
  expect {
    require rows >= 1k
    require price > 0
  }
}

/// Who answers for the shop.
role shopkeeper { members: ["ada@shop.example"] }
`;

const shop = `import "./catalog.mlspec"

/// What this customer did lately.
features habits for customer {
  from: offers
  offers_7d = count() over 7d
  taken_7d = share(taken) over 7d
  refresh: 1h
  max_age: 6h
}

/// Does the customer take the offer?
label takes: bool {
  of: offers
  is: taken
}

dataset history {
  examples: offers
  label: takes
  features: [habits.*, offers.price, offers.channel]
  split: by_time(train: 70%, validate: 15%, test: 15%)
}

model taker {
  predict: takes from history
  inputs {
    price = standardize(offers.price)
    channel = one_hot(offers.channel, top: 5)
    offers_7d = standardize(habits.offers_7d)
    taken_7d = number(habits.taken_7d)
  }
  network: [dense(16, relu)]
  train {
    optimizer: adam(rate: 0.01)
    batch: 64
    epochs: 8
    seed: 1
  }
  fallback usual = 0.4
}

/// Trains for as long as one lets it.
model patient {
  predict: takes from history
  inputs {
    price = standardize(offers.price)
  }
  network: [dense(64, relu), dense(64, relu)]
  train {
    batch: 16
    epochs: 5000
    patience: 0
  }
  fallback usual = 0.4
}

evaluation quality of taker {
  metrics: [auc, log_loss, calibration_error]
  slices: [offers.channel]
  require auc >= 0.60
  require auc >= 0.55 by channel
  require auc >= current.auc - 0.01
}

evaluation patience of patient { require auc >= 0.50 }

service answer {
  model: taker
  timeout: 200ms
  otherwise: taker.usual
  log: predictions(flush: 1s)
  volume: 400k / 1d
}

slo available of answer {
  objective: share(succeeded) >= 99% over 7d
  respond { detect: 5m, decide: 10m, recover: 5m }
}

rollout release of taker on answer {
  unit: customer_id
  stage canary { traffic: 10%, hold: 1h, require rate(errors) <= control }
  stage full { traffic: 100%, approve: shopkeeper }
}
`;

/** Cheap offers are taken more often, and by post less often: a small network learns it. Always the same rows. */
function offers(rows: number): string {
  const start = Date.UTC(2026, 0, 1);
  const lines = ["customer_id,price,channel,taken,shown_at"];
  for (let i = 0; i < rows; i++) {
    const price = 1 + (i * 7919) % 100;
    const channel = ["web", "app", "post"][(i * 31) % 3]!;
    const odds = 0.9 - price / 125 - (channel === "post" ? 0.15 : 0);
    const taken = ((i * 104_729) % 1000) / 1000 < odds;
    const at = new Date(start + i * 20 * 60_000).toISOString().slice(0, 19).replace("T", " ");
    lines.push(`c${(i * 17) % 300},${price}.5,${channel},${taken},${at}`);
  }
  return `${lines.join("\n")}\n`;
}
