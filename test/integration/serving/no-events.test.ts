import { describe, expect, it } from "vitest";
import type { Aggregate, Expression, FeatureView } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase } from "../../../runtime/data/database.ts";
import { valuesWithoutEvents } from "../../../runtime/online/no-events.ts";
import { call, literal } from "./shop.ts";

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const type = (kind: "int" | "float" | "bool", nullable = false) => ({ kind, nullable });
const aggregate = (fn: Aggregate["fn"]): Aggregate => ({ fn, argument: null, where: null, window: { fromMs: null, toMs: 0 }, type: type(fn === "count" ? "int" : "float", fn !== "count") });
const feature = (name: string, value: Expression) => ({ name, doc: null, origin, at: {}, type: value.type, tags: [], value });
const over = (fn: Aggregate["fn"]): Expression => ({ op: "aggregate", type: aggregate(fn).type, aggregate: aggregate(fn) });

describe("an entity without events", () => {
  it("has each feature's value over nothing", async () => {
    const view: FeatureView = {
      name: "popularity", doc: null, origin, at: {}, entity: "product", from: { kind: "source", source: "purchases" }, where: null, refreshMs: null, maxAgeMs: null, online: true, owner: null,
      definitions: [
        feature("sales", over("count")), feature("mean", over("avg")),
        feature("sales_plus_one", call("add", "int", over("count"), literal(1, "int"))),
        feature("mean_or_zero", call("coalesce", "float", over("avg"), literal(0))),
        feature("ratio", call("divide", "float", over("count"), over("count"))),
      ],
    };
    using database = await openDatabase();
    expect(await valuesWithoutEvents(database, view)).toEqual({ sales: 0, mean: null, sales_plus_one: 1, mean_or_zero: 0, ratio: null });
  });
});
