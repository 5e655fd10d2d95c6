/** A file's names as names of the language. */
import { reserved } from "../language/token-builder.ts";

/** Beside the reserved words: what a contract or an expression would take for something else, where a column is called so. */
const taken = new Set(["rows", "current", "errors", "at", "control"]);

/** `education-num` → `education_num`, `2020` → `_2020`, `in` → `in_`; no two alike. */
export function namesFor(physical: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return physical.map((name) => {
    const base = wordOf(name);
    let free = base;
    for (let i = 2; used.has(free); i++) free = `${base}_${i}`;
    used.add(free);
    return free;
  });
}

export function wordOf(name: string): string {
  const word = name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "") || "column";
  const started = /^[0-9]/.test(word) ? `_${word}` : word;
  return reserved.has(started) || taken.has(started) ? `${started}_` : started;
}
