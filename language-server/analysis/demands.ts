/** Demands that are made together, and what they are to each other. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { atLeast, atMost, byStrength, conditionDemand, contractDemands, evaluationDemands, excludes, implies, stageDemands, type Bound, type Demand } from "./bounds.ts";

/** All that is asked for in one place, in the order of the text. */
export const requirementsTogether = (spec: CompiledSpec): readonly (readonly Demand[])[] => [
  ...spec.sources.map(({ expect }) => contractDemands(expect)),
  ...spec.evaluations.map(evaluationDemands),
  ...spec.rollouts.flatMap(({ stages }) => stages.map(({ requirements }) => stageDemands(requirements))),
];

/** Conditions that choose rows: each stands alone. */
export const filters = (spec: CompiledSpec): readonly (readonly Demand[])[] => [
  ...spec.features.flatMap(({ where, at, origin }) => (where === null ? [] : [[conditionDemand({ origin: at["from"] ?? origin, text: "where …" }, where)]])),
  ...spec.datasets.flatMap(({ where, at, origin }) => (where === null ? [] : [[conditionDemand({ origin: at["examples"] ?? origin, text: "where …" }, where)]])),
];

/** True when each implies the other: what only one of them says more is more. */
export const sayTheSame = (a: Demand, b: Demand): boolean => a.whole && b.whole && covers(a, b) && covers(b, a);
const covers = (a: Demand, b: Demand): boolean => b.bounds.every((bound) => a.bounds.some((other) => implies(other, bound)));

interface Placed {
  readonly demand: Demand;
  /** The how manieth. */
  readonly at: number;
  readonly bound: Bound;
}

/** Pairs of which nothing meets both, the one that stands first before the other; one demand twice where it excludes itself. */
export function contradictions(demands: readonly Demand[]): (readonly [Demand, Demand])[] {
  return [...bySubject(demands).values()].flatMap((placed) => {
    const lows = strongest(placed.filter(({ bound }) => bound.side === atLeast));
    const highs = strongest(placed.filter(({ bound }) => bound.side === atMost));
    return lows.flatMap((low) => highs.filter((high) => excludes(low.bound, high.bound)).map((high): readonly [Demand, Demand] =>
      low.at < high.at ? [low.demand, high.demand] : [high.demand, low.demand]));
  });
}

/** Those of one side that none of the others implies. */
function strongest(placed: readonly Placed[]): Placed[] {
  const kept: Placed[] = [];
  for (const each of placed.toSorted((a, b) => byStrength(a.bound, b.bound))) {
    const last = kept.at(-1);
    // Those before are stronger in the first component, and of those the last kept is the strongest in the second.
    if (last === undefined || !implies(last.bound, each.bound)) kept.push(each);
  }
  return kept;
}

export interface Implied {
  readonly demand: Demand;
  readonly by: readonly Demand[];
}

/** Demands that say nothing beside others; of equal ones the first counts. None is left out because of one that is left out itself. */
export function implied(demands: readonly Demand[]): Implied[] {
  const groups = new Map([...bySubject(demands)].map(([subject, placed]) => [subject, placed.toSorted((a, b) => byStrength(a.bound, b.bound))]));
  const idle = new Set<Demand>();
  const found: Implied[] = [];
  for (const demand of demands.toReversed()) {
    if (!demand.whole || demand.bounds.length === 0) continue;
    const by = demand.bounds.map((bound) => groups.get(bound.subject)?.find((other) => other.demand !== demand && !idle.has(other.demand) && implies(other.bound, bound))?.demand);
    const all = by.filter((other) => other !== undefined);
    if (all.length < by.length) continue;
    idle.add(demand);
    found.push({ demand, by: [...new Set(all)] });
  }
  return found.toReversed();
}

const bySubject = (demands: readonly Demand[]): Map<string, Placed[]> =>
  Map.groupBy(demands.flatMap((demand, at) => demand.bounds.map((bound) => ({ demand, at, bound }))), ({ bound }) => bound.subject);
