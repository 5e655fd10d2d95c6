/** How times stand in files: `%d.%m.%y`, as of C's strptime. Only parts that DuckDB reads, and only what makes a day. */
import type { Expression } from "../../grammar/generated/ast.ts";
import type { Context } from "./context.ts";

const parts = new Set(["Y", "y", "m", "-m", "d", "-d", "b", "B", "j", "H", "-H", "I", "-I", "p", "M", "-M", "S", "-S", "f", "z", "a", "A", "%"]);
const hint = "A format has a year (`%Y`, or `%y` of two digits: 69 to 99 are of the last century), a month (`%m`, `%b`, `%B`) and a day (`%d`), or a day of the year (`%j`); `%H:%M:%S` and `%f`; `%I` with `%p`; `%z` is an offset such as +02:00.";

/** True when the text is a format; reports what it lacks. */
export function checkTimeFormat(format: string, at: Expression, context: Context): boolean {
  const problem = problemOf(format);
  if (problem !== null) context.report(at, "wrong-arguments", `\`${format}\` ${problem}`, { hint });
  return problem === null;
}

function problemOf(format: string): string | null {
  const used = [...format.matchAll(/%(-?.|$)/gsu)].map(([, part]) => part ?? "");
  const unknown = used.find((part) => !parts.has(part));
  if (unknown === "Z") return "has `%Z`: the names of time zones are not read, offsets (`%z`) are";
  if (unknown !== undefined) return `has \`%${unknown}\`, which is no part of a time`;
  const has = (...names: readonly string[]): boolean => names.some((name) => used.includes(name) || used.includes(`-${name}`));
  if (!has("Y", "y")) return "has no year";
  if (has("I") !== has("p")) return has("I") ? "has hours of half a day (`%I`) without `%p`" : "has `%p` without hours of half a day (`%I`)";
  return has("j") || (has("m", "b", "B") && has("d")) ? null : "has no day of the year: a month and a day, or `%j`";
}
