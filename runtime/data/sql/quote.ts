/**
 * Names and texts on their way into SQL. Nothing from a spec or from data reaches DuckDB in any other way, so no spec can
 * smuggle SQL in.
 */

/**
 * A name of the language as a name of SQL. DuckDB takes `Sales` and `sales` for one (it folds A to Z, nothing else), the language does not; and columns that begin
 * with `__` are the runtime's own. So a name with a capital gets a suffix that says which characters are capitals (a hexadecimal mask, the first character
 * is its lowest bit), and one that begins with `__` an empty suffix; the others stay as they are: `sales`, `Sales~1`, `grossSales~20`, `__label~`.
 * Two names stay two, whatever they hold: after the last `~` stands what was folded, and a name that has a `~` of its own gets a suffix, too.
 */
export function columnName(name: string): string {
  const capitals = [...name].reduce((mask, each, i) => (/[A-Z]/.test(each) ? mask | (1n << BigInt(i)) : mask), 0n);
  if (capitals === 0n && !name.startsWith("__") && !name.includes("~")) return name;
  return `${name}~${capitals === 0n ? "" : capitals.toString(16)}`;
}

/** A name of the language (of a column, or one that tables are named by) where SQL expects a name. */
export function identifier(name: string): string {
  return verbatim(columnName(name));
}

/** `"name"`, whatever the name holds: for names that a file has, and that DuckDB finds in it. A name of the language is an {@link identifier}. */
export function verbatim(name: string): string {
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
