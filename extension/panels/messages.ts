/** What panels and their pages say to each other. */
import type { RunEvent } from "../../runtime/events.ts";
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";

export type ToLineage = { readonly type: "graph"; readonly graph: LineageGraph; readonly file: string; readonly focus: string | null };
export type FromLineage = { readonly type: "ready" } | { readonly type: "open"; readonly id: string };

export type ToRun = { readonly type: "reset"; readonly title: string; readonly events: readonly RunEvent[] } | { readonly type: "event"; readonly event: RunEvent };
export type FromRun = { readonly type: "ready" } | { readonly type: "open"; readonly file: string; readonly line: number };
