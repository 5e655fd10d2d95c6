/**
 * What an entity has that never had an event: each feature over nothing, by the same SQL as in training. A count is 0, a mean
 * is null, and `count() + 1` is 1.
 */
import { rewriting, type Expression, type FeatureView } from "../../grammar/compiled-spec/index.ts";
import type { Cell } from "../data/batch.ts";
import type { Database } from "../data/database.ts";
import { sharing } from "../data/sql/sharing.ts";
import type { OnlineValue } from "./store.ts";

/** By feature name: the `empty` of a {@link ViewUpdate}. */
export async function valuesWithoutEvents(database: Database, view: FeatureView): Promise<Readonly<Record<string, OnlineValue>>> {
  const empty = view.definitions.map(({ value }) => ({ value: overNothing(value) }));
  const { from, sql } = sharing("(SELECT 1)", empty.map(({ value }) => value));
  const columns = empty.map(({ value }, i) => `${sql(value)} AS v${i}`);
  const [row] = columns.length === 0 ? [] : await database.rows(`SELECT ${columns.join(", ")} FROM ${from}`);
  return Object.fromEntries(view.definitions.map(({ name }, i) => [name, onlineValue(row?.[`v${i}`] ?? null)]));
}

/** The definition with its aggregates replaced by what they are over no events. */
export const overNothing: (expression: Expression) => Expression = rewriting((part) => {
  switch (part.op) {
    case "aggregate": {
      const { fn } = part.aggregate;
      return { op: "literal", type: part.type, value: fn === "count" || fn === "distinct" ? 0 : null };
    }
    // A plain column of the events: there is no event to take it from.
    case "column": return { op: "literal", type: part.type, value: null };
    default: return null;
  }
});

/** As the store keeps them: times are microseconds since 1970. */
function onlineValue(cell: Cell): OnlineValue {
  if (cell instanceof Date) return cell.getTime() * 1000;
  return typeof cell === "object" ? null : cell;
}
