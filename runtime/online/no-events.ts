/**
 * What an entity has that never had an event: each feature over nothing, by the same SQL as in training. A count is 0, a mean
 * is null, and `count() + 1` is 1.
 */
import type { Expression, FeatureView } from "../../grammar/compiled-spec/index.ts";
import type { Cell } from "../data/batch.ts";
import type { Database } from "../data/database.ts";
import { expressionSql } from "../data/sql/expression.ts";
import { identifier } from "../data/sql/quote.ts";
import type { OnlineValue } from "./store.ts";

/** By feature name: the `empty` of a {@link ViewUpdate}. */
export async function valuesWithoutEvents(database: Database, view: FeatureView): Promise<Readonly<Record<string, OnlineValue>>> {
  const columns = view.definitions.map(({ name, value, aggregates }) => `${expressionSql(overNothing(value, aggregates))} AS ${identifier(name)}`);
  const [row] = columns.length === 0 ? [] : await database.rows(`SELECT ${columns.join(", ")}`);
  return Object.fromEntries(view.definitions.map(({ name }) => [name, onlineValue(row?.[name] ?? null)]));
}

/** The definition with its aggregates replaced by what they are over no events. */
export function overNothing(expression: Expression, aggregates: FeatureView["definitions"][number]["aggregates"]): Expression {
  const inside = (part: Expression): Expression => overNothing(part, aggregates);
  switch (expression.op) {
    case "aggregate": {
      const fn = aggregates[expression.index]?.fn;
      return { op: "literal", type: expression.type, value: fn === "count" || fn === "distinct" ? 0 : null };
    }
    case "call": return { ...expression, args: expression.args.map(inside) };
    case "if": return { ...expression, when: inside(expression.when), then: inside(expression.then), else: inside(expression.else) };
    // A plain column of the events: there is no event to take it from.
    case "column": return { op: "literal", type: expression.type, value: null };
    case "literal": return expression;
  }
}

/** As the store keeps them: times are microseconds since 1970. */
function onlineValue(cell: Cell): OnlineValue {
  if (cell instanceof Date) return cell.getTime() * 1000;
  return typeof cell === "object" ? null : cell;
}
