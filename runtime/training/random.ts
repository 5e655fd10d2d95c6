/**
 * Random numbers that depend on nothing but the numbers given: xoshiro128** 1.1 (Blackman and Vigna,
 * https://prng.di.unimi.it/xoshiro128starstar.c, public domain), its state filled by SplitMix32 from a list of integers.
 * Equal lists give equal streams, on every machine.
 */
export interface Random {
  /** Uniform over all 32-bit integers, signed. */
  int32(): number;
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform over 0 … bound − 1. */
  below(bound: number): number;
}

/** `seeds` are taken modulo 2^32: for example the user's seed, a stream's number, an epoch. */
export const random = (...seeds: readonly number[]): Random => xoshiro(initialState(seeds));

/** The generator itself, from its state: not all zero. */
export function xoshiro(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state;
  const int32 = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = () => (int32() >>> 0) / 4294967296;
  return { int32, uniform, below: (bound) => Math.floor(uniform() * bound) };
}

function initialState(seeds: readonly number[]): [number, number, number, number] {
  let state = 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  for (const seed of seeds) {
    state ^= seed | 0;
    state = next();
  }
  return [next(), next(), next(), next() | 1];
}

/** 0 … count − 1 in random order (Fisher and Yates). */
export function permutation(count: number, source: Random): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 1; i < count; i += 1) order[i] = i;
  for (let i = count - 1; i > 0; i -= 1) {
    const j = source.below(i + 1);
    const moved = order[i] as number;
    order[i] = order[j] as number;
    order[j] = moved;
  }
  return order;
}

/** What a stream of random numbers is for: no two purposes share one. */
export const STREAM = { weights: 1, shuffle: 2, dropout: 3, reader: 4 } as const;
