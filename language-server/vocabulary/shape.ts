/** What a property's value looks like. Data, so that validation, completion, hover and the documentation read the same table. */
export type Shape =
  | { readonly kind: "duration" | "share" | "int" | "number" | "text" | "bool" | "rate" | "instant" }
  /** A declaration of one of these kinds (AST type names). */
  | { readonly kind: "reference"; readonly to: readonly DeclarationType[] }
  /** A column of the source in question. */
  | { readonly kind: "column" }
  /** One of the prelude's names of this kind. */
  | { readonly kind: "builtin"; readonly of: string }
  /** One of these constructors (`constructors.ts`). */
  | { readonly kind: "call"; readonly calls: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "either"; readonly shapes: readonly Shape[] }
  /** A row expression; `what` says over which row. */
  | { readonly kind: "expression"; readonly what: string }
  /** Any word: it names something outside of the file. */
  | { readonly kind: "word"; readonly what: string }
  /** Something with a syntax of its own; `what` says it in words. */
  | { readonly kind: "special"; readonly what: string };

export type DeclarationType =
  | "Entity" | "Source" | "Features" | "Label" | "Dataset" | "Model" | "Evaluation" | "Service" | "Slo" | "Rollout" | "Policy" | "Role";

export interface PropertyEntry {
  readonly name: string;
  readonly doc: string;
  readonly type: Shape;
  readonly required: boolean;
  /** As it would be written. Absent: nothing is assumed. */
  readonly default?: string;
  readonly example: string;
  /** Smallest and largest allowed value, in the shape's unit (milliseconds, 0 to 1, or the number). */
  readonly min?: number;
  readonly max?: number;
}

export interface DefinitionEntry {
  /** `fallback`, `baseline`, `slice`; null for a plain `name = value`. */
  readonly kind: string | null;
  readonly doc: string;
  readonly what: string;
  readonly example: string;
}

export interface ClauseEntry {
  readonly doc: string;
  readonly example: string;
}

export interface BlockEntry {
  readonly properties: readonly PropertyEntry[];
  readonly sections: readonly SectionEntry[];
  readonly definitions: readonly DefinitionEntry[];
  /** Forms of `require …`; empty when there are none. */
  readonly requirements: readonly ClauseEntry[];
  readonly denials: readonly ClauseEntry[];
  /** True where `columns { … }` may stand. */
  readonly columns: boolean;
}

export interface SectionEntry extends BlockEntry {
  readonly kind: string;
  readonly doc: string;
  readonly named: boolean;
  readonly required: boolean;
  readonly repeatable: boolean;
  readonly example: string;
}

export interface DeclarationEntry extends BlockEntry {
  readonly kind: string;
  readonly type: DeclarationType;
  readonly doc: string;
  /** With `of …`, `on …`: the whole first line. */
  readonly heading: string;
  readonly example: string;
}

const articles: Readonly<Record<string, string>> = {
  duration: "a duration, such as `7d`", share: "a share, such as `10%`", int: "a whole number", number: "a number", text: "a text in quotes",
  bool: "`true` or `false`", rate: "a rate, such as `2M / 1d`", instant: "a date or time, such as `2026-11-27`", column: "a column",
};

/** In words, for messages: "`timeout` expects a duration, such as `7d`". */
export function showShape(shape: Shape): string {
  switch (shape.kind) {
    case "reference": return `a ${shape.to.map((t) => t.toLowerCase()).join(" or ")}`;
    case "builtin": return `a${/^[aeiou]/.test(shape.of) ? "n" : ""} ${shape.of}`;
    case "call": return shape.calls.map((c) => `\`${c}(…)\``).join(" or ");
    case "list": return `a list, each ${showShape(shape.of)}`;
    case "either": return shape.shapes.map(showShape).join(" or ");
    case "expression": case "word": case "special": return shape.what;
    default: return articles[shape.kind] ?? shape.kind;
  }
}
