/** What the train part's numbers make a stranger wish to be told before training. */
import type { ModelInput } from "../../grammar/compiled-spec/index.ts";
import type { RunWarning } from "../codes.ts";
import type { FittedScalar } from "./fitted.ts";
import type { Outliers } from "./range-facts.ts";
import { largest, type Range } from "./scaling.ts";

export interface FitWarning {
  readonly code: RunWarning;
  readonly text: string;
}

/** Beyond this a number that enters as it is drowns the others, whose weights begin as large as its own. */
const farFromOne = 1e4;

export function outlierWarning({ name, encode }: ModelInput, outliers: Outliers, rows: number): FitWarning {
  const { rows: few, furthest, share, restDeviation } = outliers;
  const which = few === 1 ? `1 of ${count(rows)} training rows (${number(furthest)}) holds` : `${count(few)} of ${count(rows)} training rows (the furthest ${number(furthest)}) hold`;
  const beyond = Math.abs(furthest) === largest ? `; numbers beyond ±${largest} count as that` : "";
  return {
    code: "outlier-dominates",
    text: `the input '${name}': ${which} ${percent(share)} of its variance${beyond}. By ${encode.kind}(…) all other rows differ by ${Number(restDeviation.toPrecision(2))} standard deviations: say robust(…), which goes by the middle half and clips, or bound it with clip(…), or leave such rows out with the dataset's \`where\``,
  };
}

/** Null where the numbers are of a size that a network can take. */
export function unscaledWarning({ name, encode }: ModelInput, { low, high }: Range, { shift }: FittedScalar): FitWarning | null {
  const size = Math.max(Math.abs(low - shift), Math.abs(high - shift));
  if (encode.kind !== "number" || size < farFromOne) return null;
  const centred = shift === 0 ? "" : ` from their mean ${number(shift)}`;
  return { code: "input-unscaled", text: `the input '${name}' enters the network as it is, in numbers up to ${number(size)}${centred}: they drown the other inputs, and training may not find their weight. Say standardize(…) or robust(…) instead of number(…)` };
}

const count = (value: number): string => value.toLocaleString("en-US");
const number = (value: number): string => String(Number(value.toPrecision(7)));
/** Never 100%: the others vary. */
const percent = (share: number): string => (share > 0.9999 ? "over 99.99%" : `${Math.floor(share * 1e4) / 100}%`);
