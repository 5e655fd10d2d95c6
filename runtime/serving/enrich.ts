/** Entity features from the online store, put into rows where the request did not bring them. */
import type { Lookup, OnlineStore, OnlineValue, ViewState } from "../online/store.ts";
import type { Contract, EntityLookup } from "./contract.ts";
import type { Metrics } from "./metrics.ts";
import type { Example } from "./rows.ts";

export interface Enriched {
  /** A feature that the model cannot do without and that nothing gives; null when every row is complete. */
  readonly missing: string | null;
  /** Views whose values are older than their `max_age`. */
  readonly stale: readonly string[];
}

const complete: Enriched = { missing: null, stale: [] };

/** Reads the store a few microseconds per entity; fills `examples` in place. */
export function enrich(online: OnlineStore | null, contract: Contract, examples: readonly Example[], nowMs: number, metrics: Metrics): Enriched {
  if (contract.lookups.length === 0) return complete;
  const stale: string[] = [];
  contract.lookups.forEach((lookup, index) => {
    const view = online?.view(lookup.view) ?? null;
    if (online === null || view === null) return;
    const places = lookup.features.map(({ feature }) => view.columns.indexOf(feature));
    if (fillView(online, view, lookup, index, places, examples, nowMs, metrics)) stale.push(lookup.view);
  });
  return { missing: missingOf(contract, examples), stale };
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
      if (example.values[column] === null) example.values[column] = known.values[places[i] ?? -1] ?? null;
    }
  }
  if (stale) metrics.onlineStale.inc({ view: lookup.view });
  return stale;
}

function missingOf(contract: Contract, examples: readonly Example[]): string | null {
  for (const { features } of contract.lookups) {
    for (const { column } of features) {
      const declared = contract.columns[column];
      if (declared?.required === true && examples.some((example) => example.values[column] === null)) return declared.name;
    }
  }
  return null;
}
