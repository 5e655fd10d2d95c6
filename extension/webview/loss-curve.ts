import * as Plot from "@observablehq/plot";
import type { RunEvent } from "../../runtime/events.ts";
import { element } from "./host.ts";

type Epoch = Extract<RunEvent, { type: "epoch-finished" }>;

const hues = { train: "var(--blue)", validate: "var(--orange)" } as const;
/** Beyond this, dots run together. */
const DOTTED = 40;

/** Loss by epoch, of both parts, with the epoch whose weights are kept. */
export function lossCurve(epochs: readonly Epoch[], width: number): HTMLElement {
  const points = epochs.flatMap(({ epoch, trainLoss, validateLoss }) => [
    { epoch, loss: trainLoss, part: "train" }, ...(validateLoss === null ? [] : [{ epoch, loss: validateLoss, part: "validate" }]),
  ]);
  const best = epochs.findLast((epoch) => epoch.best);
  const bestMarks = best === undefined ? [] : [
    Plot.ruleX([best.epoch], { stroke: "currentColor", strokeOpacity: 0.4, strokeDasharray: "3,3" }),
    Plot.text([best], { x: "epoch", frameAnchor: "top", text: () => "kept", dx: best.epoch > epochs.length / 2 ? -17 : 17, fill: "currentColor", fillOpacity: 0.8 }),
  ];
  const plot = Plot.plot({
    height: 230, width, marginLeft: 52, style: { background: "transparent", color: "currentColor", fontSize: "11px", fontFamily: "inherit" },
    x: { label: "epoch", ticks: Math.min(10, epochs.length), tickFormat: "d" }, y: { label: null, grid: true, ticks: 5 },
    color: { domain: ["train", "validate"], range: [hues.train, hues.validate] },
    marks: [Plot.lineY(points, { x: "epoch", y: "loss", stroke: "part", strokeWidth: 1.8, marker: epochs.length <= DOTTED ? "dot" : "none" }), ...bestMarks],
  });
  const legend = (Object.keys(hues) as (keyof typeof hues)[]).filter((part) => points.some((point) => point.part === part))
    .map((part) => element("span", { style: `--hue: ${hues[part]}` }, part === "train" ? "training part" : "validation part"));
  return element("figure", { "aria-label": "Loss by epoch" }, element("div", { class: "legend" }, ...legend), plot);
}
