/** Which columns say something about a person. Pure. */
import { columnsIn, type Column } from "../../grammar/compiled-spec/index.ts";
import { isPersonal } from "./tags.ts";

/** Names of the columns that are tagged `@pii`, and of texts that are computed from them; numbers that are computed from them only when tagged themselves. */
export function personalColumns(columns: readonly Column[]): ReadonlySet<string> {
  const personal = new Set(columns.filter(isPersonal).map(({ name }) => name));
  for (;;) {
    const more = columns.filter(({ name, type, value }) => !personal.has(name) && type.kind === "string" && value !== null && [...columnsIn(value)].some((each) => personal.has(each)));
    if (more.length === 0) return personal;
    for (const { name } of more) personal.add(name);
  }
}
