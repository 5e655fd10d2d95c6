/**
 * The fields of `request { … }` against the examples that they are trained on. A field is the examples' column of its name, and `at` the event
 * time; what the model reads when it serves has to be of the type that it learned from.
 */
import type { Column, Expression, Features, Source } from "../../grammar/generated/ast.ts";
import { namedBy, valueOf } from "../language/navigate.ts";
import { showType } from "../types/type.ts";
import { constantOf } from "./columns.ts";
import type { Elaboration } from "./reading.ts";

export class RequestFields {
  private readonly examples: Source;
  private readonly elaboration: Elaboration;
  private readonly checked = new Map<Expression, Map<Features, boolean>>();
  /** The first view that reads the event time, by the field's name. */
  private time: { readonly name: string; readonly view: Features } | undefined;

  constructor(examples: Source, elaboration: Elaboration) {
    this.examples = examples;
    this.elaboration = elaboration;
  }

  /** Whether every field of the view can be trained on; what cannot is reported `at`, once. */
  check(view: Features, fields: readonly Column[], sourceOf: (field: string) => Column | undefined, at: Expression): boolean {
    const known = this.checked.get(at) ?? new Map<Features, boolean>();
    this.checked.set(at, known);
    const fits = known.get(view) ?? fields.map((field) => this.fits(view, field, sourceOf(field.name), at)).every(Boolean);
    known.set(view, fits);
    return fits;
  }

  private fits(view: Features, field: Column, source: Column | undefined, at: Expression): boolean {
    if (source === undefined) return this.refuse(view, at, "missing-columns", `\`${view.name}\` takes \`${field.name}\` from the request, but \`${this.examples.name}\` has no such column to train with`);
    const [asked, had] = [this.elaboration.column(field), this.elaboration.column(source)];
    if (asked === undefined || had === undefined) return false;
    if (asked.type.kind !== had.type.kind || asked.type.nullable !== had.type.nullable) {
      const whose = field.name === source.name ? "" : ` (\`${source.name}\`)`;
      return this.refuse(view, at, "type-mismatch", `\`${view.name}\` takes \`${field.name}\` as ${showType(asked.type)} from the request, but in \`${this.examples.name}\` it is ${showType(had.type)}${whose}`,
        `Write \`${field.name}: ${showType(had.type)}\` in the request.`);
    }
    if (constantOf(had) !== null) return this.refuse(view, at, "type-mismatch", `\`${view.name}\` takes \`${field.name}\` from the request, but in \`${this.examples.name}\` it is the same in every row: nothing can be learned of it`);
    return source !== namedBy(valueOf(this.examples, "time")) || this.isOneName(view, field, at);
  }

  /** A request brings the event time once. */
  private isOneName(view: Features, field: Column, at: Expression): boolean {
    this.time ??= { name: field.name, view };
    const { name, view: other } = this.time;
    if (name === field.name) return true;
    return this.refuse(view, at, "ambiguous-name", `\`${view.name}\` takes the event time as \`${field.name}\` from the request, and \`${other.name}\` as \`${name}\``, "Call it by one name in all requests.");
  }

  private refuse(view: Features, at: Expression, code: "missing-columns" | "type-mismatch" | "ambiguous-name", message: string, hint?: string): false {
    const { context } = this.elaboration;
    context.report(at, code, message, { hint, related: [context.related(view, "the view"), context.related(this.examples, "the examples' source")] });
    return false;
  }
}
