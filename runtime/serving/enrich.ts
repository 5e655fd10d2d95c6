/** Entity features from the online store, put into rows where the request did not bring them. */
import type { Lookup, OnlineStore, OnlineValue, ViewState } from "../online/store.ts";
import type { Contract, EntityLookup } from "./contract.ts";
import type { Metrics } from "./metrics.ts";
import type { Example } from "./rows.ts";
import type { Pace } from "./turns.ts";

export interface Enriched {
  /** Which of the examples lack a feature that the model cannot do without. */
  readonly missing: ReadonlySet<number>;
  /** Views whose values are older than their `max_age`. */
  readonly stale: readonly string[];
}

const complete: Enriched = { missing: new Set(), stale: [] };
/** Examples that are looked up before the others have their turn. */
const atOnce = 128;

/** Reads the store a few microseconds per entity; fills `examples` in place. */
export async function enrich(online: OnlineStore | null, contract: Contract, examples: readonly Example[], nowMs: number, metrics: Metrics, pace: Pace): Promise<Enriched> {
  if (contract.lookups.length === 0) return complete;
  const stale = new Set<string>();
  const missing = new Set<number>();
  for (let from = 0; from < examples.length; from += atOnce) {
    if (pace.due()) await pace.rest();
    const some = examples.length <= atOnce ? examples : examples.slice(from, from + atOnce);
    contract.lookups.forEach((lookup, index) => {
      const view = online?.view(lookup.view) ?? null;
      if (online === null || view === null) return;
      const places = lookup.features.map(({ feature }) => view.columns.indexOf(feature));
      if (fillView(online, view, lookup, index, places, some, nowMs, metrics)) stale.add(lookup.view);
    });
    some.forEach((example, i) => { if (lacksAny(contract, example)) missing.add(from + i); });
  }
  return { missing, stale: [...stale] };
}

function fillView(
  online: OnlineStore, view: ViewState, lookup: EntityLookup, index: number, places: readonly number[],
  examples: readonly Example[], nowMs: number, metrics: Metrics,
): boolean {
  let stale = false;
  let known: { readonly key: unknown; readonly values: readonly OnlineValue[] } | null = null;
  for (const example of examples) {
    const key = example.keys[index];
    if (key === undefined) continue;
    // The rows of one request often share a shopper: looked up once.
    if (known === null || known.key !== key) {
      const found: Lookup | null = key === null ? null : online.lookup(view, key);
      known = { key, values: found?.values ?? view.empty };
      if (found?.found === false) metrics.onlineMisses.inc({ view: lookup.view });
      if (view.maxAgeMs !== null && nowMs - (found?.asOfMs ?? view.asOfMs) > view.maxAgeMs) stale = true;
    }
    for (let i = 0; i < places.length; i++) {
      const column = lookup.features[i]?.column ?? -1;
      if (example.values[column] === null && example.nulls?.has(column) !== true) example.values[column] = known.values[places[i] ?? -1] ?? null;
    }
  }
  if (stale) metrics.onlineStale.inc({ view: lookup.view });
  return stale;
}

function lacksAny(contract: Contract, example: Example): boolean {
  return contract.lookups.some(({ features }) => features.some(({ column }) => contract.columns[column]?.required === true && example.values[column] === null));
}
