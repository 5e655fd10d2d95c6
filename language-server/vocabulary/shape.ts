/** What a property's value looks like. Data, so that validation, completion, hover and the documentation read the same table. */
export type Shape =
  | { readonly kind: "duration" | "share" | "int" | "number" | "text" | "bool" | "rate" | "instant" }
  /** The name of a declaration of one of these kinds (AST type names); with `where` a condition may follow it. */
  | { readonly kind: "reference"; readonly to: readonly DeclarationType[]; readonly where?: true }
  /** A column of the source in question. */
  | { readonly kind: "column" }
  /** `view.feature` or a column; also `view.*` and `view`, which stand for all of them. */
  | { readonly kind: "features" }
  /** A definition of this kind, such as a model's `fallback`: `ranker.popular`. */
  | { readonly kind: "definition"; readonly of: string }
  /** All columns of a source: `people.columns`. */
  | { readonly kind: "columns" }
  /** `request { … }` */
  | { readonly kind: "request" }
  /** `label from dataset` */
  | { readonly kind: "from"; readonly subject: Shape; readonly from: Shape }
  /** A condition `over` a time. */
  | { readonly kind: "objective" }
  /** One of the prelude's names of this kind. */
  | { readonly kind: "builtin"; readonly of: string }
  /** One of these constructors (`constructors.ts`). */
  | { readonly kind: "call"; readonly calls: readonly string[] }
  /** One thing stands for a list of one. `filled`: an empty list would say nothing. */
  | { readonly kind: "list"; readonly of: Shape; readonly filled?: true }
  | { readonly kind: "either"; readonly shapes: readonly Shape[] }
  /** A row expression; `what` says over which row. */
  | { readonly kind: "expression"; readonly what: string }
  /** Any word: it names something outside of the file. */
  | { readonly kind: "word"; readonly what: string };

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
  /** Bounds that are not allowed themselves. */
  readonly above?: number;
  readonly below?: number;
}

export interface DefinitionEntry {
  /** `fallback`, `baseline`, `slice`; null for a plain `name = value`. */
  readonly kind: string | null;
  readonly doc: string;
  readonly what: string;
  readonly example: string;
  /** `@pii` and its like may follow. */
  readonly tags?: true;
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
  /** Of what there must be at least one, besides properties: without it the block says nothing. */
  readonly needs?: { readonly what: string; readonly hint: string };
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

/** The kinds of declaration that a value of this shape may begin with. */
export function declarationTypes(shape: Shape): readonly DeclarationType[] {
  switch (shape.kind) {
    case "reference": return shape.to;
    case "features": return ["Source", "Features"];
    case "list": return declarationTypes(shape.of);
    case "either": return shape.shapes.flatMap(declarationTypes);
    default: return [];
  }
}

const articles: Readonly<Record<string, string>> = {
  duration: "a duration, such as `7d`", share: "a share, such as `10%`", int: "a whole number", number: "a number", text: "a text in quotes",
  bool: "`true` or `false`", rate: "a rate, such as `2M / 1d`", instant: "a date or time, such as `2026-11-27`", column: "a column",
};

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

/** In words, for messages: "`timeout` expects a duration, such as `7d`". */
export function showShape(shape: Shape): string {
  switch (shape.kind) {
    case "reference": return `${withArticle(shape.to.map((t) => t.toLowerCase()).join(" or "))}${shape.where === true ? ", also `… where …`" : ""}`;
    case "features": return "`view.*`, `view.feature` or a column";
    case "definition": return `a ${shape.of} of the model, such as \`ranker.popular\``;
    case "columns": return "the columns of another source, such as `people.columns`";
    case "request": return "`request { … }`";
    case "from": return "`label from dataset`";
    case "objective": return "`share(…) >= …% over …` or `rate(label) >= …% over …`";
    case "builtin": return shape.of === "word" ? "`off`" : withArticle(shape.of);
    case "call": return shape.calls.map((c) => `\`${c}(…)\``).join(" or ");
    case "list": return `a list, each ${showShape(shape.of)}`;
    case "either": return shape.shapes.map(showShape).join(" or ");
    case "expression": case "word": return shape.what;
    default: return articles[shape.kind] ?? shape.kind;
  }
}
