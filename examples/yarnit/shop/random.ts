/** A seeded source of randomness (sfc32), so that the shop is the same on every machine. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** Whole number in [0, below). */
  integer(below: number): number;
  normal(): number;
  pick<T>(items: readonly T[]): T;
}

export function seeded(seed: number): Random {
  let [a, b, c, d] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const uniform = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) uniform();
  const integer = (below: number): number => Math.floor(uniform() * below);
  // Box–Muller; one of the pair is enough here.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, integer, normal, pick: (items) => items[integer(items.length)]! };
}
