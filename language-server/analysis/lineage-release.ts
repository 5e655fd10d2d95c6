/** Lineage from models to the services that answer with them, and to what judges both. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { LineageBuilder } from "./lineage-graph.ts";

export function addRelease(builder: LineageBuilder, spec: CompiledSpec): void {
  for (const service of spec.services) {
    const id = builder.node("service", service.name, service.origin);
    builder.edge(`model:${service.model}`, id, "serves");
  }
  for (const slo of spec.slos) {
    const id = builder.node("slo", slo.name, slo.origin);
    builder.edge(`${slo.target.kind}:${slo.target.name}`, id, "judged-by");
    if (slo.indicator.kind === "label-rate") builder.edge(`label:${slo.indicator.label}`, id, "judged-by");
  }
  for (const rollout of spec.rollouts) {
    const id = builder.node("rollout", rollout.name, rollout.origin);
    builder.edge(`model:${rollout.model}`, id, "judged-by");
    builder.edge(`service:${rollout.service}`, id, "judged-by");
    const labels = rollout.stages.flatMap((stage) => stage.requirements).flatMap((r) => (r.kind === "label-rate" ? [r.label] : []));
    for (const label of labels) builder.edge(`label:${label}`, id, "judged-by");
  }
}
