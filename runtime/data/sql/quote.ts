/**
 * Names and texts on their way into SQL. Nothing from a spec or from data reaches DuckDB in any other way, so no spec can
 * smuggle SQL in.
 */

/** `"name"`, whatever the name holds. */
export function identifier(name: string): string {
  return `"${name.replaceAll("\0", "").replaceAll('"', '""')}"`;
}

/** `'text'`; a NUL would end the statement early, so it is spliced in by its code. */
export function text(value: string): string {
  return value.split("\0").map((part) => `'${part.replaceAll("'", "''")}'`).join(" || chr(0) || ");
}

/** `['a', 'b']`. */
export function textList(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}
