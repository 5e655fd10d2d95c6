import { describe, expect, it } from "vitest";
import type { Aggregate, Expression, FeatureView } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase } from "../../../runtime/data/database.ts";
import { valuesWithoutEvents } from "../../../runtime/online/no-events.ts";
import { call, literal } from "./shop.ts";

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const type = (kind: "int" | "float" | "bool", nullable = false) => ({ kind, nullable });
const aggregate = (fn: Aggregate["fn"]): Aggregate => ({ fn, argument: null, where: null, window: { fromMs: null, toMs: 0 }, type: type(fn === "count" ? "int" : "float", fn !== "count") });
const feature = (name: string, value: Expression, ...aggregates: Aggregate[]) => ({ name, doc: null, origin, at: {}, type: value.type, tags: [], value, aggregates });
const ref = (index: number, kind: "int" | "float" = "int"): Expression => ({ op: "aggregate", index, type: type(kind, kind === "float") });

describe("an entity without events", () => {
  it("has each feature's value over nothing", async () => {
    const view: FeatureView = {
      name: "popularity", doc: null, origin, at: {}, entity: "product", from: { kind: "source", source: "purchases" }, where: null, refreshMs: null, maxAgeMs: null, online: true, owner: null,
      definitions: [
        feature("sales", ref(0), aggregate("count")), feature("mean", ref(0, "float"), aggregate("avg")),
        feature("sales_plus_one", call("add", "int", ref(0), literal(1, "int")), aggregate("count")),
        feature("mean_or_zero", call("coalesce", "float", ref(0, "float"), literal(0)), aggregate("avg")),
        feature("ratio", call("divide", "float", ref(0), ref(1)), aggregate("count"), aggregate("count")),
      ],
    };
    using database = await openDatabase();
    expect(await valuesWithoutEvents(database, view)).toEqual({ sales: 0, mean: null, sales_plus_one: 1, mean_or_zero: 0, ratio: null });
  });
});
