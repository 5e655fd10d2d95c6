/**
 * Lineage: source column → feature → dataset column → model input → model → service → objective and rollout, as a graph.
 * Edges point the way the data goes. Names that lead nowhere (the spec may be partial) leave no edge.
 */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { addData } from "./lineage-data.ts";
import { LineageBuilder, type LineageGraph } from "./lineage-graph.ts";
import { addModels } from "./lineage-models.ts";
import { addRelease } from "./lineage-release.ts";

export * from "./lineage-graph.ts";

export function lineageOf(spec: CompiledSpec): LineageGraph {
  const builder = new LineageBuilder();
  addData(builder, spec);
  addModels(builder, spec);
  addRelease(builder, spec);
  return builder.graph();
}
