/** Which columns expressions read, and whether as they are or by their hash. Pure. */
import type { Encoding, Expression, ScalarKind } from "../../grammar/compiled-spec/index.ts";

/** An encoding that looks at a text only through its hash. */
export function isHashed(encode: Encoding, kind: ScalarKind): boolean {
  return kind === "string" && (encode.kind === "hashed-one-hot" || (encode.kind === "embedding" && encode.buckets !== null));
}

/**
 * The columns that expressions read. Under a hashing encoding (`hashed`), or inside `hashed(…)`, every text is replaced by its
 * hash (texts can only be chosen between and compared for equality there), so text columns are needed as hashes only.
 */
export function textAndHashColumns(expressions: readonly { readonly value: Expression; readonly hashed: boolean }[]) {
  const plain = new Set<string>();
  const hashed = new Set<string>();
  const visit = (part: Expression, byHash: boolean): void => {
    switch (part.op) {
      case "column": (byHash && part.type.kind === "string" ? hashed : plain).add(part.column); break;
      case "call": for (const argument of part.args) visit(argument, byHash || part.fn === "hashed"); break;
      case "if": for (const inner of [part.when, part.then, part.else]) visit(inner, byHash); break;
      case "literal": case "aggregate": break;
    }
  };
  for (const { value, hashed: byHash } of expressions) visit(value, byHash);
  return { plain, hashed };
}
