import { downstream, lineageOf, nodesNamed, subgraph, upstream, type LineageGraph } from "../../language-server/analysis/lineage.ts";
import { nearest } from "../../language-server/language/suggest.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { mermaid } from "../draw/mermaid.ts";
import { lineageText } from "../draw/lineage.ts";
import { exit } from "../exit.ts";
import type { Call } from "../call.ts";
import { loadLenient, specPath } from "../spec.ts";

interface Options {
  readonly json?: boolean;
  readonly format: "text" | "mermaid" | "json";
  readonly direction: "up" | "down" | "both";
}

export async function lineage(file: string, name: string | undefined, { options, terminal }: Call<Options>): Promise<number> {
  const spec = await loadLenient(specPath(file, terminal.cwd));
  const whole = lineageOf(spec);
  const focus = name === undefined ? [] : found(whole, name);
  const graph = name === undefined ? whole : around(whole, focus, options.direction);
  switch (options.json ? "json" : options.format) {
    case "json": terminal.out(`${JSON.stringify({ files: spec.files.map(({ path }) => path), ...graph }, null, 2)}\n`); break;
    case "mermaid": terminal.out(mermaid(graph)); break;
    case "text": terminal.out(lineageText(graph, focus, options.direction, terminal)); break;
  }
  return exit.ok;
}

function found(graph: LineageGraph, name: string): readonly string[] {
  const nodes = nodesNamed(graph, name);
  if (nodes.length > 0) return nodes.map(({ id }) => id);
  const near = nearest(name, graph.nodes.map((node) => node.name));
  throw new MlspecError("not-declared", `nothing in the spec is called ${name}`, { hint: near ? `Did you mean ${near}?` : "`mlspec lineage <file>` lists everything." });
}

function around(graph: LineageGraph, ids: readonly string[], direction: Options["direction"]): LineageGraph {
  const up = direction === "down" ? [] : ids.flatMap((id) => upstream(graph, id));
  const down = direction === "up" ? [] : ids.flatMap((id) => downstream(graph, id));
  return subgraph(graph, new Set([...ids, ...[...up, ...down].map(({ id }) => id)]));
}
