/**
 * The yarn shop's small world: products, shoppers, and what really makes somebody buy. The model never sees this file;
 * it sees the events that come out of it.
 */
import { type Random, seeded } from "./random.ts";

export interface Product {
  readonly sku: string;
  readonly price: number;
  readonly discounted: boolean;
  /** How much people like it, about N(0, 1). */
  readonly appeal: number;
  /** What it is for: a query that it answers. */
  readonly kind: string;
}

export interface Shopper {
  readonly id: string;
  readonly country: string;
  /** How easily this person buys, about N(0, 1). */
  readonly eagerness: number;
}

export interface World {
  readonly products: readonly Product[];
  readonly shoppers: readonly Shopper[];
}

export interface View {
  readonly shopper: Shopper;
  readonly product: Product;
  readonly query: string;
  /** From 1. */
  readonly position: number;
  readonly at: Date;
}

export const queries = ["alpaca", "baby wool", "blue", "chunky", "cotton", "gift", "hat", "merino", "red", "scarf", "sock yarn", "sweater"] as const;
export const countries = ["AT", "CH", "DE", "DK", "FR", "GB", "NL", "US"] as const;

export function createWorld(seed: number, size = { products: 200, shoppers: 60_000 }): World {
  const random = seeded(seed);
  const products = Array.from({ length: size.products }, (_, i) => product(i, random));
  const shoppers = Array.from({ length: size.shoppers }, (_, i) => ({
    id: `shopper-${String(i).padStart(5, "0")}`, country: countries[Math.min(random.integer(12), countries.length - 1)]!, eagerness: random.normal(),
  }));
  return { products, shoppers };
}

function product(i: number, random: Random): Product {
  const price = Math.round(Math.exp(2.2 + 0.5 * random.normal()) * 100) / 100;
  return { sku: `yarn-${String(i).padStart(4, "0")}`, price, discounted: random.uniform() < 0.2, appeal: random.normal(), kind: random.pick(queries) };
}

/** What the shop's search finds for a query: some of it fits, most of it does not. */
export function searchResult(world: World, query: string, random: Random): Product {
  const any = random.pick(world.products);
  if (random.uniform() >= 0.3) return any;
  const fitting = world.products.filter((product) => product.kind === query);
  return fitting.length === 0 ? any : random.pick(fitting);
}

/** Probability that the shopper buys what they see; about 7% at position 1 for a product chosen at random. */
export function purchaseProbability(view: View): number {
  const { product: what, shopper, query, position, at } = view;
  const hour = at.getUTCHours();
  const evening = hour >= 18 && hour < 23 ? 0.35 : 0;
  const weekend = (at.getUTCDay() + 6) % 7 >= 5 ? 0.25 : 0;
  const score = -3.2 + 0.8 * what.appeal + (what.kind === query ? 1.6 : 0) - 0.5 * (Math.log(what.price) - 2.2) + (what.discounted ? 0.5 : 0)
    + 0.5 * shopper.eagerness + (shopper.country === "US" ? 0.3 : 0) + evening + weekend - 0.6 * Math.log(position);
  return 1 / (1 + Math.exp(-score));
}
