import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contract, type Drawn, related } from "../../../extension/webview/contract.ts";
import { overview } from "../../../extension/webview/overview.ts";
import type { LineageGraph, LineageKind } from "../../../language-server/analysis/lineage.ts";

const node = (id: string) => {
  const [kind, name] = id.split(":") as [LineageKind, string];
  return { id, kind, name, origin: { file: 0, line: 1, column: 1 } as never, tags: [] };
};
const graph = (ids: readonly string[], edges: readonly (readonly [string, string])[]): LineageGraph => ({ nodes: ids.map(node), edges: edges.map(([from, to]) => ({ from, to, kind: "value", through: [] })) });
const links = ({ edges }: Drawn): string[] => edges.map(({ from, to }) => `${from} > ${to}`).sort();

describe("a graph with nodes left out", () => {
  it("joins what was before them with what comes after", () => {
    const drawn = contract(graph(["source:s", "column:s.a", "column:s.b", "model:m"], [["source:s", "column:s.a"], ["column:s.a", "column:s.b"], ["column:s.b", "model:m"]]), (kind) => kind !== "column");
    expect(links(drawn)).toEqual(["source:s > model:m"]);
  });

  it("reaches the same kept nodes as the whole graph, whatever it looks like", () => {
    const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
    fc.assert(fc.property(edges, fc.uniqueArray(fc.nat(9)), (pairs, hidden) => {
      const ids = Array.from({ length: 10 }, (_, i) => `${hidden.includes(i) ? "column" : "model"}:n${i}`);
      const whole = graph(ids, pairs.map(([a, b]) => [ids[a]!, ids[b]!]));
      const drawn = contract(whole, (kind) => kind === "model");
      const all: Drawn = { nodes: [], edges: whole.edges };
      const after = (within: Drawn, id: string): string[] => [...new Set(reach(within, id))].filter((each) => each.startsWith("model:") && each !== id).sort();
      for (const { id } of drawn.nodes) expect(after(drawn, id)).toEqual(after(all, id));
    }));
  });
});

describe("the overview", () => {
  const drawn = overview(graph(
    ["entity:user", "source:s", "column:s.a", "feature:view.x", "feature:view.y", "request-field:view.at", "label:l", "dataset:d", "dataset-feature:d.x", "dataset-column:d.a", "model-input:m.x", "model:m", "service:web"],
    [["entity:user", "column:s.a"], ["source:s", "column:s.a"], ["column:s.a", "feature:view.x"], ["column:s.a", "label:l"], ["feature:view.x", "dataset-feature:d.x"], ["column:s.a", "dataset-column:d.a"], ["dataset:d", "dataset-feature:d.x"],
      ["label:l", "dataset:d"], ["dataset-feature:d.x", "model-input:m.x"], ["model-input:m.x", "model:m"], ["dataset:d", "model:m"], ["model:m", "service:web"]],
  ));

  it("draws members as what they belong to", () => {
    expect(drawn.nodes.map(({ id }) => id).sort()).toEqual(["dataset:d", "features:view", "label:l", "model:m", "service:web", "source:s"]);
    expect(drawn.nodes.find(({ id }) => id === "features:view")).toMatchObject({ name: "view", type: "2", opens: "feature:view.x" });
  });

  it("leaves out links that a longer path implies", () => {
    expect(links(drawn)).toEqual(["dataset:d > model:m", "features:view > dataset:d", "label:l > dataset:d", "model:m > service:web", "source:s > features:view", "source:s > label:l"]);
  });

  it("lights all that a node comes from and all that comes from it, nothing beside", () => {
    expect([...related(drawn, "label:l")].sort()).toEqual(["dataset:d", "label:l", "model:m", "service:web", "source:s"]);
  });
});

function reach({ edges }: Drawn, start: string): string[] {
  const seen = new Set<string>();
  for (const stack = [start]; stack.length > 0;) {
    const at = stack.pop()!;
    for (const { from, to } of edges) {
      if (from !== at || seen.has(to)) continue;
      seen.add(to);
      stack.push(to);
    }
  }
  return [...seen];
}
