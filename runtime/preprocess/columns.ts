/** Which columns expressions read, and whether as they are or by their hash. Pure. */
import { everyPart, partsOf, type Encoding, type Expression, type ScalarKind } from "../../grammar/compiled-spec/index.ts";

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
  const byHash: Expression[] = [];
  const asTheyAre = expressions.filter((each) => !each.hashed).map(({ value }) => value);
  for (const part of everyPart(asTheyAre, (whole) => (isHash(whole) ? [] : partsOf(whole)))) {
    if (isHash(part)) byHash.push(...partsOf(part));
    else if (part.op === "column") plain.add(part.column);
  }
  for (const part of everyPart([...byHash, ...expressions.filter((each) => each.hashed).map(({ value }) => value)])) {
    if (part.op === "column") (part.type.kind === "string" ? hashed : plain).add(part.column);
  }
  return { plain, hashed };
}

/** `hashed(…)`: what is inside is seen by its hash. */
export const isHash = (part: Expression): boolean => part.op === "call" && part.fn === "hashed";
