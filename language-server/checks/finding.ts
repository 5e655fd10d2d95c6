/** What a check says, and what a check is. */
import type { CompiledSpec, Origin } from "../../grammar/compiled-spec/index.ts";
import type { Stream } from "../analysis/flow.ts";
import type { SpecIndex } from "../analysis/index-of.ts";
import type { LineageGraph } from "../analysis/lineage.ts";

export type Severity = "error" | "warning" | "info";

export interface Finding {
  /** Id of the check: stable, the same in the editor, SARIF, `mlspec explain` and suppressions. */
  readonly check: string;
  readonly severity: Severity;
  /** Sentences with the numbers and the path that led there. */
  readonly message: string;
  readonly origin: Origin;
  readonly related: readonly RelatedPlace[];
  /**
   * Declarations without which it would not be, beside those that `origin` and `related` name: all of them together say in which file it shows
   * first. Of a declaration that names another the one that names is enough.
   */
  readonly dependsOn?: readonly Origin[];
  /** The numbers of the message, for programs: milliseconds, shares, counts. */
  readonly data?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly fix?: Fix;
}

export interface RelatedPlace {
  readonly origin: Origin;
  readonly message: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly origin: Origin; readonly newText: string }[];
}

/** A spec with the analyses that several checks need, each made once, when first asked for. */
export interface Facts {
  readonly spec: CompiledSpec;
  readonly index: SpecIndex;
  readonly lineage: LineageGraph;
  /** Tagged data by the id of the lineage node that it arrives at. */
  readonly streams: ReadonlyMap<string, readonly Stream[]>;
}

export interface Explanation {
  /** What goes wrong in production. */
  readonly problem: string;
  /** A spec in which the check fires (and what is left out: nothing), and the same spec, mended. */
  readonly failing: string;
  readonly mended: string;
  /** What the check does not notice. */
  readonly cannotSee: string;
}

export type DeclarationKind = Exclude<keyof CompiledSpec, "version" | "files" | "suppressions" | "expressions">;

export interface Check {
  readonly id: string;
  /** A few words, for lists. */
  readonly title: string;
  readonly severity: Severity;
  /** The kinds of declarations that its findings stand in (a feature that enters a model as it is stands where it is defined). Where there is none of them, nobody who imports the file has a finding there either. */
  readonly foundIn: readonly DeclarationKind[];
  /**
   * True when it complains that something is not there: then it waits until nothing else is wrong, since a declaration with
   * an error is absent from the compiled spec.
   */
  readonly needsWholeSpec?: true;
  /** Never throws; says nothing where the spec does not say enough to decide. */
  readonly run: (facts: Facts) => readonly Finding[];
  readonly explanation: Explanation;
}
