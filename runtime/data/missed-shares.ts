/** Whether a split came out as it was asked for. A hash, and groups that stay together, give shares only as far as their numbers allow. Pure. */
import type { Dataset, Split } from "../../grammar/compiled-spec/index.ts";
import { cuts, parts, type Part } from "./dataset-parts.ts";

export interface PartShare {
  readonly part: Part;
  readonly asked: number;
  readonly got: number;
}

/** Up to so much is chance, or of no matter: three points, or a quarter of the smaller side. */
const tolerated = (asked: number): number => Math.max(0.03, Math.min(asked, 1 - asked) / 4);

/** Null when every part is about as large as asked for. `ownTest`: the test rows are of another source, and the split is of the others. */
export function missedShares(split: Split, ownTest: boolean, rows: Readonly<Record<Part, number>>): readonly PartShare[] | null {
  const { train, validate } = cuts(split, ownTest);
  const asked = { train, validate: validate - train, test: 1 - validate };
  const of = parts.filter((part) => !(ownTest && part === "test"));
  const total = of.reduce((sum, part) => sum + rows[part], 0);
  const shares = of.map((part) => ({ part, asked: asked[part], got: rows[part] / total }));
  return total > 0 && shares.some((share) => Math.abs(share.got - share.asked) > tolerated(share.asked) + 1e-9) ? shares : null;
}

const why: Readonly<Record<Split["kind"], string>> = {
  time: "many examples have one time, which stays together",
  hash: "rows with the same values fall in the same part, and few examples fall unevenly",
  group: "groups stay together, and few or large ones fall unevenly",
};

export function missedSharesLine({ name, split }: Pick<Dataset, "name" | "split">, shares: readonly PartShare[]): string {
  const each = (pick: (share: PartShare) => number): string => shares.map((share) => `${Number((100 * pick(share)).toFixed(1))}% ${share.part}`).join(", ");
  return `dataset ${name} is split otherwise than was asked for: ${each(({ asked }) => asked)} were asked for, ${each(({ got }) => got)} came out. ${why[split.kind].replace(/^./, (c) => c.toUpperCase())}`;
}
