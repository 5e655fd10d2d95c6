/**
 * Simulated shoppers over HTTP. Each asks for a ranking of a few products, sees the best one first, and buys it or not, as
 * `world.ts` decides; what they did is sent back as an outcome. Time is compressed: a day of visits passes in seconds.
 */
import { Agent, request as httpRequest } from "node:http";
import { type Random, seeded } from "./random.ts";
import { purchaseProbability, queries, searchResult, type Product, type World } from "./world.ts";

export interface ShoppersOptions {
  readonly world: World;
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** The service's, for outcomes. */
  readonly token: string;
  readonly seed: number;
  /** Visits per day of compressed time. */
  readonly perDay: number;
  /** Seconds of the shop's time per second of ours. */
  readonly timeScale: number;
  /** The shop's time at the start. */
  readonly from: Date;
  /** Products ranked per visit. */
  readonly candidates: number;
  /** Requests under way at the most; when the server is slower than the shoppers, they wait. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export interface Tally {
  visits: number;
  purchases: number;
  /** Answers by who gave them: a version, or `fallback`. */
  readonly answeredBy: Map<string, { visits: number; purchases: number }>;
  failures: number;
  /** Milliseconds, of the last visits. */
  readonly latencies: number[];
}

export const emptyTally = (): Tally => ({ visits: 0, purchases: 0, answeredBy: new Map(), failures: 0, latencies: [] });

const LATENCIES_KEPT = 20_000;
const OUTCOMES_PER_REQUEST = 200;

interface Ranked {
  readonly id: string;
  readonly prediction: number | null;
  readonly version: string | null;
  readonly fallback: string | null;
}

interface Outcome {
  readonly id: string;
  readonly label: "purchased";
  readonly value: boolean;
}

/** Shops until the signal stops it; the tally grows meanwhile. */
export async function goShopping(options: ShoppersOptions, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency + 2 });
  const random = seeded(options.seed);
  const started = performance.now();
  const perSecond = (options.perDay / 86_400) * options.timeScale;
  const outcomes: Outcome[] = [];
  let next = 0;
  const shopper = async (): Promise<void> => {
    while (!options.signal.aborted) {
      // Visits come at their own pace; the n-th is due after n / perSecond seconds.
      const due = started + (next++ / perSecond) * 1000;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      if (options.signal.aborted) return;
      const at = new Date(options.from.getTime() + (due - started) * options.timeScale);
      try {
        const outcome = await visit(options, random, at, agent, tally);
        outcomes.push(outcome);
        if (outcomes.length >= OUTCOMES_PER_REQUEST) await post(agent, `${options.url}/v2/outcomes`, { outcomes: outcomes.splice(0) }, options.token);
      } catch {
        tally.failures += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, shopper));
  if (outcomes.length > 0) await post(agent, `${options.url}/v2/outcomes`, { outcomes }, options.token).catch(() => undefined);
  agent.destroy();
}

async function visit(options: ShoppersOptions, random: Random, at: Date, agent: Agent, tally: Tally): Promise<Outcome> {
  const shopper = random.pick(options.world.shoppers);
  const query = random.pick(queries);
  const products = Array.from({ length: options.candidates }, () => searchResult(options.world, query, random));
  const luck = random.uniform();
  const rows = products.map((product) => row(product, shopper.id, shopper.country, query, at));
  const before = performance.now();
  const answer = await post<{ readonly predictions: readonly Ranked[] }>(agent, `${options.url}/predict`, { rows });
  if (tally.latencies.length < LATENCIES_KEPT) tally.latencies.push(performance.now() - before);
  const best = answer.predictions.reduce((a, b, i, all) => ((b.prediction ?? 0) > (all[a]?.prediction ?? 0) ? i : a), 0);
  const shown = answer.predictions[best]!;
  const bought = luck < purchaseProbability({ shopper, product: products[best]!, query, position: 1, at });
  count(tally, shown.fallback === null ? (shown.version ?? "unknown") : "fallback", bought);
  return { id: shown.id, label: "purchased", value: bought };
}

const row = (product: Product, shopper_id: string, country: string, query: string, at: Date) =>
  ({ shopper_id, sku: product.sku, kind: product.kind, query, country, position: 1, list_price: product.price, at: at.toISOString() });

function count(tally: Tally, who: string, bought: boolean): void {
  const of = tally.answeredBy.get(who) ?? { visits: 0, purchases: 0 };
  of.visits += 1;
  of.purchases += Number(bought);
  tally.answeredBy.set(who, of);
  tally.visits += 1;
  tally.purchases += Number(bought);
}

/** `fetch` costs more than the server does; the plain client keeps the shoppers out of the way of what is measured. */
function post<T = unknown>(agent: Agent, url: string, body: unknown, token?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const request = httpRequest(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = Buffer.concat(chunks).toString("utf8");
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${response.statusCode}: ${answer.slice(0, 200)}`));
        else resolve(JSON.parse(answer) as T);
      });
    });
    request.on("error", reject);
    request.end(text);
  });
}
