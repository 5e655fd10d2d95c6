import type { LangiumDocument } from "langium";
import type { ProblemCode } from "./codes.ts";

/** Lines and characters from 0, as everywhere. */
export interface Range {
  start: Position;
  end: Position;
}
interface Position {
  line: number;
  character: number;
}

/** What Langium hands to the editor. */
export type Diagnostic = NonNullable<LangiumDocument["diagnostics"]>[number];

export type { ProblemCode };

export interface Related {
  readonly uri: string;
  readonly range: Range;
  readonly message: string;
}

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly range: Range;
  /** What to do about it, as a sentence. */
  readonly hint?: string;
  readonly related?: readonly Related[];
  /** Where in MLSpec it went wrong, for an `internal-error`: a stack, for whoever mends it. */
  readonly defect?: string;
  /** What was probably meant, for a quick fix that replaces `range`. */
  readonly suggestion?: string;
}

/** `Diagnostic.data`: what quick fixes need, so that none depends on the text of a message. */
export interface DiagnosticData {
  readonly code: string;
  readonly fixes?: readonly DiagnosticFix[];
  /** Set for the finding of a check: it can be explained, and silenced with a reason. */
  readonly check?: string;
  /** What to do about it, as a sentence; it also ends the message. */
  readonly hint?: string;
  readonly defect?: string;
}

export interface DiagnosticFix {
  readonly title: string;
  readonly edits: readonly { readonly uri: string; readonly range: Range; readonly newText: string }[];
}
