/** What may become of a prediction: the labels that the spec declares, and the values that each can have. */
import type { Label } from "../../grammar/compiled-spec/index.ts";
import { RequestError, shown } from "./request-error.ts";

/** Larger numbers are a mistake of the sender: no sum of squares would be exact beside one. */
const largest = 1e12;
const labelsNamed = 20;

export type Labels = ReadonlyMap<string, Label["type"]>;

/** The classes that versions of the model tell apart; null for labels whose classes nobody knows. */
export type ClassesOf = (label: string) => ReadonlySet<string> | null;

export const labelsOf = (labels: readonly Label[]): Labels => new Map(labels.map(({ name, type }) => [name, type]));

/** 1 and 0 for true and false; a text for a label with classes. `part` says where it stands. @throws RequestError `label-unknown`, `outcome-invalid` */
export function outcomeValue(labels: Labels, label: string, value: unknown, part: (field: string) => string, classesOf: ClassesOf): number | string {
  const type = labels.get(label);
  if (type === undefined) {
    const known = [...labels.keys()];
    throw new RequestError(400, "label-unknown", `${part("label")} is ${shown(label)}, and the spec declares no such label.`, {
      part: part("label"), hint: known.length === 0 ? "The spec declares no label." : `Its labels: ${known.slice(0, labelsNamed).join(", ")}${known.length > labelsNamed ? ", …" : ""}.`,
    });
  }
  const wrong = (wanted: string): RequestError =>
    new RequestError(400, "outcome-invalid", `${part("value")} must be ${wanted}, but is ${shown(value)}.`, { part: part("value"), hint: `The label ${label} is declared as ${type.kind}.` });
  if (type.kind === "bool") {
    if (value === true || value === 1) return 1;
    if (value === false || value === 0) return 0;
    throw wrong("true, false, 1 or 0");
  }
  if (type.kind === "string") {
    if (typeof value !== "string" || value === "") throw wrong("the name of a class");
    const classes = classesOf(label);
    if (classes === null || classes.has(value)) return value.toWellFormed();
    const names = [...classes].sort();
    throw new RequestError(400, "outcome-invalid", `${part("value")} is ${shown(value)}, and no version of the model has such a class of ${label}.`, {
      part: part("value"), hint: `Its classes: ${names.slice(0, labelsNamed).join(", ")}${names.length > labelsNamed ? ", …" : ""}.`,
    });
  }
  if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) > largest) throw wrong("a number between -1e12 and 1e12");
  if (type.kind === "int" && !Number.isInteger(value)) throw wrong("a whole number");
  return value;
}
