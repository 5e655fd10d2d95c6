import type { Origin } from "../../grammar/compiled-spec/index.ts";

/**
 * What was compiled once, for all files that import it, with the files in its origins as one spec counts them. Expressions say nothing of
 * where they were written and stay the objects that they are; what changes nothing stays, too. As deep as the schema of a compiled spec.
 */
export function numbered<T>(value: T, numberOf: (file: number) => number): T {
  return changed(value, numberOf) as T;
}

function changed(value: unknown, numberOf: (file: number) => number): unknown {
  if (typeof value !== "object" || value === null || isExpression(value)) return value;
  if (isOrigin(value)) {
    const file = numberOf(value.file);
    return file === value.file ? value : { ...value, file };
  }
  const parts = Object.entries(value).map(([name, before]: [string, unknown]) => ({ name, before, after: changed(before, numberOf) }));
  if (parts.every(({ before, after }) => before === after)) return value;
  return Array.isArray(value) ? parts.map(({ after }) => after) : Object.fromEntries(parts.map(({ name, after }) => [name, after]));
}

const isExpression = (value: object): boolean => "op" in value && typeof value.op === "string";
const isOrigin = (value: object): value is Origin => "file" in value && typeof value.file === "number";
