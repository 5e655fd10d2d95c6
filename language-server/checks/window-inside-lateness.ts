import { aggregatesOf, type FeatureDefinition, type FeatureView, type Source, type Window } from "../../grammar/compiled-spec/index.ts";
import { foresight } from "../analysis/time.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { duration, spot } from "./wording.ts";

export const windowInsideLateness: Check = {
  id: "window-inside-lateness",
  title: "A window ends before the first event in it is known",
  severity: "error",
  foundIn: ["features"],
  run,
  explanation: {
    problem:
      "An event counts from the moment at which it is certain to be known: its time and the source's `lateness` on top. A window that begins less than "
      + "the lateness before its end sees no event, ever: the count is 0 and the mean missing in every row, in training and in production, "
      + "and a model learns nothing from either.",
    failing: `source purchases {
  read: parquet("data/purchases/*.parquet")
  time: bought_at
  lateness: 1d
  columns {
    shopper_id: string -> shopper @pii
    price: float
    bought_at: timestamp
  }
}

features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  bought_1d = count() over 1d
  refresh: 1h
}`,
    mended: `source purchases {
  read: parquet("data/purchases/*.parquet")
  time: bought_at
  lateness: 1h
  columns {
    shopper_id: string -> shopper @pii
    price: float
    bought_at: timestamp
  }
}

features history for shopper {
  from: purchases
  bought_28d = count() over 28d
  bought_1d = count() over 1d
  refresh: 1h
}`,
    cannotSee: "Windows of which the lateness leaves a little, and whether the lateness that is declared is the true one.",
  },
};

/** One finding for each window that is written, also where several features are made of it. */
function run({ spec, index }: Facts): readonly Finding[] {
  return spec.features.flatMap((view) => {
    const source = view.from.kind === "source" ? index.sources.get(view.from.source) : undefined;
    if (source === undefined || source.latenessMs === 0) return [];
    const all = view.definitions.flatMap((feature) => findingsOf(view, feature, source));
    return all.filter(({ origin }, i) => all.findIndex((other) => JSON.stringify(other.origin) === JSON.stringify(origin)) === i);
  });
}

function findingsOf(view: FeatureView, feature: FeatureDefinition, source: Source): readonly Finding[] {
  const name = `${view.name}.${feature.name}`;
  return aggregatesOf(feature.value).flatMap(({ window }, n) => {
    if (window.fromMs === null || window.fromMs < foresight(window, source.latenessMs).happenedMs) return [];
    const late = duration(source.latenessMs);
    return [{
      check: windowInsideLateness.id,
      severity: windowInsideLateness.severity,
      message: `\`${name}\` looks ${range(window.fromMs, window)}, but an event of \`${source.name}\` counts from ${late} after it happened (\`lateness\`): the window is always empty. To see anything it has to be longer than ${late}.`,
      origin: spot(feature, `window.${n}`),
      related: [{ origin: spot(source, "lateness"), message: `\`${source.name}\` are known ${late} late` }],
      data: { feature: name, source: source.name, fromMs: window.fromMs, toMs: window.toMs, latenessMs: source.latenessMs },
    }];
  });
}

const range = (fromMs: number, { toMs }: Window): string => (toMs === 0 ? `back ${duration(-fromMs)} from the example` : `at ${duration(fromMs)}..${duration(toMs)} around the example`);
