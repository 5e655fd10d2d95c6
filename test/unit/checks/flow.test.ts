import { describe, expect, test } from "vitest";
import { streamsOf } from "../../../language-server/analysis/flow.ts";
import { LineageBuilder } from "../../../language-server/analysis/lineage.ts";
import { line } from "./spec-builder.ts";

/** A graph of columns: `{ a: ["pii"] }` tagged, and edges `["a", "b", …functions]`. */
function flow(tags: Readonly<Record<string, readonly string[]>>, edges: readonly (readonly [string, string, ...string[]])[]) {
  const builder = new LineageBuilder();
  for (const [name, own] of Object.entries(tags)) builder.node("column", name, line(0), { tags: own });
  for (const [from, to, ...through] of edges) builder.edge(`column:${from}`, `column:${to}`, "value", through);
  const streams = streamsOf(builder.graph());
  return (name: string) => (streams.get(`column:${name}`) ?? []).map(({ path, tags: carried }) => `${path.map((node) => node.name).join(" → ")}: ${[...carried].sort().join(" ")}`);
}

describe("tags flow", () => {
  test("along values, hop by hop", () => {
    const at = flow({ a: ["pii"], b: [], c: [] }, [["a", "b", "lower"], ["b", "c"]]);
    expect(at("c")).toEqual(["a → b → c: pii"]);
  });

  test("until hashed, which leaves a mark of its own", () => {
    const at = flow({ a: ["pii", "vip"], b: [] }, [["a", "b", "hashed", "lower"]]);
    expect(at("b")).toEqual(["a → b: hashed vip"]);
  });

  test("by both ways when only one is hashed", () => {
    const at = flow({ a: ["pii"], b: [] }, [["a", "b", "hashed"], ["a", "b", "lower"]]);
    expect(at("b").sort()).toEqual(["a → b: hashed", "a → b: pii"]);
  });

  test("by the shortest path, and end in a circle", () => {
    const at = flow({ a: ["pii"], b: [], c: [] }, [["a", "b"], ["b", "c"], ["a", "c"], ["c", "a"]]);
    expect(at("c")).toEqual(["a → c: pii"]);
  });

  test("from the first that has the tag; what repeats it is a hop", () => {
    const at = flow({ a: ["pii"], b: ["pii"], c: [] }, [["a", "b"], ["b", "c"]]);
    expect(at("c")).toEqual(["a → b → c: pii"]);
  });

  test("anew from a declaration that tags what was hashed", () => {
    const at = flow({ a: ["pii"], b: ["pii"] }, [["a", "b", "hashed"]]);
    expect(at("b")).toEqual(["a → b: hashed pii"]);
  });

  test("with the tags that are added on the way", () => {
    const at = flow({ a: ["pii"], b: ["consented"] }, [["a", "b"]]);
    expect(at("b")).toContain("a → b: consented pii");
  });
});
