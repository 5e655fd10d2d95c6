/** Hashing of categories: the same in the graph, in SQL and in Node. */
import { hash } from "node:crypto";

/** The lower half of the text's MD5 (of its UTF-8), as DuckDB's `md5_number_lower`, read as a signed 64-bit integer. */
export function hashText(text: string): bigint {
  return hash("md5", text, "buffer").readBigInt64LE(8);
}

/**
 * Ints are mixed before the modulus, for ids are often multiples of a round number: (a₀·f₀ + a₁·f₁ + a₂·f₂ + offset) mod p over the id's 22-bit digits
 * aᵢ, with p = 2^31 − 1 (Carter and Wegman, 1979: a universal family). Each of the 64 bits counts, and no sum exceeds 63 bits.
 */
export const mix = { prime: 2_147_483_647, digit: 2 ** 22, factors: [1_103_515_245, 1_566_083_941, 1_812_433_253], offset: 12_345 } as const;

/** Counted up when ids fall into other buckets: a network that was trained on the old ones is not trained on. (A model that is there has its graph in it.) */
export const mixVersion = 2;
