/**
 * Everything that is said between client and server beyond the language server protocol itself. Client, server and tests
 * take it from here; nothing else defines a message, a command or an option. Types and constants only: no dependency at run time.
 */
import type { Location, Position } from "vscode-languageserver";
import type { CompiledSpec, Packed } from "../../grammar/compiled-spec/index.ts";
import type { LineageEdge, LineageNode } from "../analysis/lineage.ts";

/** `initializationOptions` of the client. Without them the server behaves as in an editor that knows nothing of MLSpec. */
export interface InitializationOptions {
  /** The client carries out `commands`: lenses, *Explain* actions and links to them are offered. */
  readonly commands?: boolean;
  /** Show the defaults of what a file leaves unsaid; on unless it says false. The setting `mlspec.inlayHints.defaults` changes it later. */
  readonly inlayHints?: boolean;
}

/** Commands that the client carries out. */
export const commands = {
  /** These four take a `CommandTarget`. */
  run: "mlspec.run",
  serve: "mlspec.serve",
  startRollout: "mlspec.rollout.start",
  showLineage: "mlspec.showLineage",
  /** Takes the id of a check. */
  explain: "mlspec.explainCheck",
  /** Takes `ShowReferencesArguments`; VS Code's own `editor.action.showReferences` wants its own classes for the same. */
  showReferences: "mlspec.showReferences",
} as const;

export interface CommandTarget {
  readonly uri: string;
  /** Of the model, service, rollout or other declaration. */
  readonly name: string;
}

export type ShowReferencesArguments = readonly [uri: string, at: Position, locations: readonly Location[]];

/** Request `mlspec/compile`, `CompileParams` → `CompiledSpec | null`, packed: the file as it stands in the editor; null when there is no such file. */
export const compileRequest = "mlspec/compile";
export interface CompileParams {
  readonly uri: string;
}
export type CompileResult = Packed<CompiledSpec> | null;

/** Request `mlspec/lineage`, `LineageParams` → `PlacedLineageGraph | null`. */
export const lineageRequest = "mlspec/lineage";
export interface LineageParams {
  readonly uri: string;
  /** Only what this name comes from, and what comes from it: `sales_7d`, `product_popularity.sales_7d`, or a node's id. */
  readonly name?: string;
}
/** A node of the lineage graph with the place where it was written. */
export type PlacedLineageNode = LineageNode & { readonly location: Location };
export interface PlacedLineageGraph {
  readonly nodes: readonly PlacedLineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** Request `mlspec/checks`, no parameters → `CheckSummary[]`, in the order in which they are listed. */
export const checksRequest = "mlspec/checks";
export interface CheckSummary {
  readonly id: string;
  readonly title: string;
}

/** Request `mlspec/explain`, `ExplainParams` → Markdown, or null for an unknown check. */
export const explainRequest = "mlspec/explain";
export interface ExplainParams {
  readonly check: string;
}

export type { DiagnosticData, DiagnosticFix } from "../validation/problem.ts";
