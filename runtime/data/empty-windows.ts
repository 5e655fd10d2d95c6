/** Windows in which no example has an event: their features are the same in every row, whatever the reason, and nothing fails for it. */
import { aggregatesOf } from "../../grammar/compiled-spec/index.ts";
import type { Database, QueryOptions } from "./database.ts";
import { eventCountsSql, type EntityView, type ExamplesRelation } from "./features.ts";
import type { LoadedSource } from "./source.ts";
import type { SourceWarning } from "./source-warning.ts";
import { castSql } from "./sql/types.ts";
import { identifier } from "./sql/quote.ts";

interface EmptyWindows {
  /** In full; each has a window, or several, that no event of the source falls into. */
  readonly features: readonly string[];
  readonly source: string;
  readonly examples: number;
  /** Whether any example has the key of any event. */
  readonly keysMeet: boolean;
}

export interface JoinedFeatures {
  readonly entity: EntityView;
  readonly events: LoadedSource;
  readonly examples: ExamplesRelation;
  readonly features: readonly string[];
  /** Of their values, by name: one row per example. */
  readonly table: string;
}

/** Events are counted again only for features that are the same in all rows. */
export async function emptyWindows(database: Database, joined: JoinedFeatures, options: QueryOptions): Promise<readonly SourceWarning[]> {
  const { entity, events, examples, features, table } = joined;
  const facts = features.map((name, i) => `count(${identifier(name)}) IN (0, count(*)) AND min(${identifier(name)}) IS NOT DISTINCT FROM max(${identifier(name)}) AS f${i}`);
  const [same] = await database.rows(`SELECT count(*) AS rows, ${facts.join(", ")} FROM ${table}`, [], options);
  const suspects = entity.view.definitions.filter(({ name }) => same?.[`f${features.indexOf(name)}`] === true);
  const windows = suspects.flatMap(({ name, value }) => aggregatesOf(value).map((aggregate) => ({ name, aggregate })));
  if (windows.length === 0) return [];
  const counts = windows.map((_, i) => `max(a${i}) AS n${i}`);
  const [most] = await database.rows(`SELECT ${counts.join(", ")} FROM (${eventCountsSql(entity, events, examples, windows.map(({ aggregate }) => aggregate))})`, [], options);
  const empty = new Set(windows.filter((_, i) => Number(most?.[`n${i}`]) === 0).map(({ name }) => `${entity.view.name}.${name}`));
  if (empty.size === 0) return [];
  const found = { features: [...empty], source: entity.source.name, examples: Number(same?.["rows"]), keysMeet: await keysMeet(database, joined, options) };
  return [{ code: "windows-empty", text: line(found) }];
}

async function keysMeet(database: Database, { entity, events, examples }: JoinedFeatures, options: QueryOptions): Promise<boolean> {
  const key = castSql(identifier(examples.key.name), examples.key.kind, entity.key.kind);
  const [found] = await database.rows(`SELECT count(*) AS n FROM (SELECT 1 FROM (${examples.sql}) WHERE ${key} IN (SELECT ${identifier(entity.key.name)} FROM ${events.table}) LIMIT 1)`, [], options);
  return Number(found?.["n"]) > 0;
}

function line({ features, source, examples, keysMeet: meet }: EmptyWindows): string {
  const why = meet ? `Look at the times of ${source}, its lateness, and \`where\`` : `No example has a key that an event of ${source} has: are they written in the same way?`;
  return `no event of ${source} falls into a window of ${features.join(", ")} in any of ${examples.toLocaleString("en-US")} examples. ${why}`;
}
