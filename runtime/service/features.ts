/** Keeps the online store's entity features fresh: computed by the same query as in training, view by view. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { openDatabase } from "../data/database.ts";
import { futureLine } from "../data/future.ts";
import { materialize, type OnlineEntry } from "../data/materialize.ts";
import { MlspecError } from "../errors.ts";
import { valuesWithoutEvents } from "../online/no-events.ts";
import type { OnlineRow, OnlineStore } from "../online/store.ts";

type View = CompiledSpec["features"][number];

export interface FeaturesOptions {
  readonly spec: CompiledSpec;
  readonly service: string;
  readonly online: OnlineStore;
  readonly dataFolder: string | undefined;
  /** Milliseconds since 1970: the service's time. */
  readonly now: () => number;
  readonly onMessage: (level: "info" | "warning", text: string) => void;
}

/** Entity views that the service's model or its fallback reads, and that may be online. */
export function servedViews(spec: CompiledSpec, service: string): readonly View[] {
  const model = spec.models.find(({ name }) => name === spec.services.find((each) => each.name === service)?.model);
  const dataset = spec.datasets.find(({ name }) => name === model?.dataset);
  const names = new Set((dataset?.columns ?? []).flatMap(({ from }) => (from.kind === "entity-feature" ? [from.view] : [])));
  return spec.features.filter((view) => names.has(view.name) && view.online);
}

/** Computes a view's values as of its newest event and puts them in place of the ones before, all at once. Returns the number of entities, and what is to be told of rows from the future. */
export async function refreshView({ spec, online, dataFolder, now }: FeaturesOptions, view: View): Promise<{ readonly entities: number; readonly warning: string | null }> {
  using database = await openDatabase();
  const { entries, features, asOfMicroseconds, future } = await materialize({ spec, view: view.name, database, dataFolder, presentMs: now() });
  const state = await online.replaceView({
    view: view.name, columns: features.map(({ name }) => name), asOfMs: Number(asOfMicroseconds / 1000n), maxAgeMs: view.maxAgeMs,
    // What an entity has that never had an event.
    empty: await valuesWithoutEvents(database, view), rows: withKeys(entries),
  });
  return { entities: state.rows, warning: future === null ? null : futureLine(future) };
}

async function* withKeys(entries: AsyncIterable<OnlineEntry>): AsyncGenerator<OnlineRow> {
  for await (const { key, values } of entries) if (key !== null) yield { key, values };
}

/**
 * Fills every view once, then again at its own pace until stopped.
 * @throws what reading throws, for a view that was never filled; later failures are told, and the values before stay.
 */
export async function keepFeatures(options: FeaturesOptions): Promise<() => void> {
  const views = servedViews(options.spec, options.service);
  const told = new Map<string, string | null>();
  for (const view of views) await fill(options, view, options.online.view(view.name) === null, told);
  const timers = views.filter(({ refreshMs }) => refreshMs !== null).map((view) => {
    let busy = false;
    return setInterval(() => {
      if (busy) return;
      busy = true;
      void fill(options, view, false, told).finally(() => (busy = false));
    }, Math.min(MAX_TIMER_MS, Math.max(MIN_REFRESH_MS, view.refreshMs ?? 0)));
  });
  return () => timers.forEach(clearInterval);
}

const MIN_REFRESH_MS = 1000;
/** Node's longest timer, about 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** `told`: by view, the warning that was given last; it is not repeated with each refresh. */
async function fill(options: FeaturesOptions, view: View, required: boolean, told: Map<string, string | null>): Promise<void> {
  try {
    const { entities, warning } = await refreshView(options, view);
    options.onMessage("info", `features ${view.name}: ${entities.toLocaleString("en-US")} entities are online`);
    if (warning !== null && warning !== told.get(view.name)) options.onMessage("warning", `features ${view.name}: ${warning}`);
    told.set(view.name, warning);
  } catch (error) {
    if (required || !(error instanceof MlspecError)) throw error;
    options.onMessage("warning", `features ${view.name} could not be refreshed, the values before stay: ${error.message}`);
  }
}
