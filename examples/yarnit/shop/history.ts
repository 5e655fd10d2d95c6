/** The shop's past: what was shown and what was bought, day by day. */
import { type Random, seeded } from "./random.ts";
import { purchaseProbability, queries, searchResult, type Shopper, type World } from "./world.ts";

export interface Impression {
  readonly impression_id: string;
  readonly shopper_id: string;
  readonly sku: string;
  readonly kind: string;
  readonly query: string;
  readonly country: string;
  readonly position: number;
  readonly list_price: number;
  readonly shown_at: string;
}

export interface Purchase {
  readonly purchase_id: string;
  readonly shopper_id: string;
  readonly sku: string;
  readonly price: number;
  readonly was_discounted: boolean;
  readonly bought_at: string;
}

export interface Day {
  readonly date: string;
  readonly impressions: readonly Impression[];
  readonly purchases: readonly Purchase[];
}

const dayMs = 86_400_000;
/** Purchases follow within minutes: the label's two hours see them all. */
const decisionMs = 40 * 60_000;

/** `days` days that end at `end` (midnight UTC), about `perDay` impressions each, in pages of four products. */
export function* history(world: World, options: { readonly seed: number; readonly days: number; readonly perDay: number; readonly end: Date }): Generator<Day> {
  const random = seeded(options.seed);
  for (let day = options.days; day >= 1; day--) {
    const start = options.end.getTime() - day * dayMs;
    const date = new Date(start).toISOString().slice(0, 10);
    const times = Array.from({ length: Math.round(options.perDay / 4) }, () => start + shoppingTime(random) * dayMs).sort((a, b) => a - b);
    const impressions: Impression[] = [];
    const purchases: Purchase[] = [];
    times.forEach((time, page) => visit(world, random, `${date}-${page}`, time, impressions, purchases));
    yield { date, impressions, purchases };
  }
}

/** Share of the day: more visits in the evening. */
function shoppingTime(random: Random): number {
  return random.uniform() < 0.4 ? (18 + 5 * random.uniform()) / 24 : random.uniform();
}

function visit(world: World, random: Random, page: string, time: number, impressions: Impression[], purchases: Purchase[]): void {
  const shopper: Shopper = random.pick(world.shoppers);
  const query = random.pick(queries);
  for (let position = 1; position <= 4; position++) {
    const product = searchResult(world, query, random);
    const at = new Date(time);
    const id = `${page}-${position}`;
    impressions.push({ impression_id: id, shopper_id: shopper.id, sku: product.sku, kind: product.kind, query, country: shopper.country, position, list_price: product.price, shown_at: at.toISOString() });
    if (random.uniform() >= purchaseProbability({ shopper, product, query, position, at })) continue;
    const bought = new Date(time + random.uniform() * decisionMs + 1000);
    const price = product.discounted ? Math.round(product.price * 80) / 100 : product.price;
    purchases.push({ purchase_id: id, shopper_id: shopper.id, sku: product.sku, price, was_discounted: product.discounted, bought_at: bought.toISOString() });
  }
}
