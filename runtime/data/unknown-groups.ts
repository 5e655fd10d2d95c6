/** Examples of which it is not known to which group they belong: none of them stays together with others of its own. */
import type { Split } from "../../grammar/compiled-spec/index.ts";
import type { Database, QueryOptions } from "./database.ts";
import { unknownGroupSql } from "./dataset-parts.ts";
import type { SourceWarning } from "./source-warning.ts";

export async function unknownGroups(database: Database, split: Split, table: string, options: QueryOptions): Promise<readonly SourceWarning[]> {
  if (split.kind === "time" || split.by.length === 0) return [];
  const [found] = await database.rows(`SELECT count(*) AS __all, count(*) FILTER (${unknownGroupSql(split)}) AS __unknown FROM ${table}`, [], options);
  const [all, unknown] = [Number(found?.["__all"]), Number(found?.["__unknown"])];
  if (unknown === 0) return [];
  return [{
    code: "groups-unknown",
    text: `${unknown} of ${all} examples have no ${split.by.join(" or ")}, by which they are split: each is taken for a group of its own, so what belongs together may be in several parts; ` +
      `to leave them out write \`where ${split.by.map((name) => `not is_null(${name})`).join(" and ")}\``,
  }];
}
