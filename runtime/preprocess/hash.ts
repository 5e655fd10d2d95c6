/** Hashing of categories: the same in the graph, in SQL and in Node. */
import { hash } from "node:crypto";

/** The lower half of the text's MD5 (of its UTF-8), as DuckDB's `md5_number_lower`, read as a signed 64-bit integer. */
export function hashText(text: string): bigint {
  return hash("md5", text, "buffer").readBigInt64LE(8);
}

/**
 * Ints are mixed before the modulus, for ids are often multiples of a round number: ((x mod p)·a + b) mod p with p = 2^31 − 1
 * (Carter and Wegman, 1979: a universal family). No product exceeds 63 bits, so SQL, ONNX and JavaScript agree.
 */
export const mix = { prime: 2_147_483_647, factor: 1_103_515_245, offset: 12_345 } as const;
