/** Shadow: the candidate computes the same request beside the answer, never before it, and never instead of it. */
import type { Exposure } from "../rollout/exposure.ts";
import { late, withDeadline } from "./deadline.ts";
import { enrich } from "./enrich.ts";
import { differenceOf } from "./prediction.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictorParts } from "./parts.ts";
import type { PredictionRequest } from "./request.ts";
import { examplesOf } from "./rows.ts";

export interface Mirrored {
  readonly request: PredictionRequest;
  readonly rows: readonly number[];
  readonly unit: string | null;
  readonly version: string;
  readonly exposure: Exposure;
  /** What was answered; null when a fallback stepped in for a live version: there is nothing to compare. */
  readonly live: readonly (Prediction | null)[] | null;
}

/** Mirrored requests under way; beyond that they are left out, and counted. */
const most = 512;

export class Mirror {
  private readonly parts: PredictorParts;
  private underWay = 0;

  constructor(parts: PredictorParts) {
    this.parts = parts;
  }

  send(mirrored: Mirrored): void {
    const { metrics, observer, onTrouble } = this.parts;
    const { version, exposure, unit } = mirrored;
    if (this.underWay >= most) {
      metrics.shadows.inc({ version, outcome: "left out" });
      observer.leftOut(exposure, 1);
      return;
    }
    this.underWay++;
    void this.compute(mirrored)
      .catch((error: unknown) => {
        onTrouble(error, `mirroring to ${version}`);
        return { failed: true, difference: null, latencyMs: 0 };
      })
      .then(({ failed, difference, latencyMs }) => {
        metrics.shadows.inc({ version, outcome: failed ? "failed" : "answered" });
        observer.observe({ exposure, unit, failed, latencyMs, difference });
      })
      .finally(() => { this.underWay--; });
  }

  private async compute({ request, rows, version, live }: Mirrored): Promise<{ failed: boolean; difference: number | null; latencyMs: number }> {
    const { versions, clock, online, metrics, timeoutMs } = this.parts;
    const opened = versions.get(version);
    if (opened === undefined) return { failed: true, difference: null, latencyMs: 0 };
    const startedAt = clock.monotonic();
    const examples = examplesOf(request, opened.contract, rows, BigInt(Math.round(clock.now() * 1000)));
    enrich(online, opened.contract, examples, clock.now(), metrics);
    const predictions = await withDeadline(opened.batcher.predict(examples.map((example) => example.values)), timeoutMs);
    const latencyMs = clock.monotonic() - startedAt;
    if (predictions === late || latencyMs > timeoutMs) return { failed: true, difference: null, latencyMs };
    return { failed: false, difference: largestDifference(predictions, live), latencyMs };
  }
}

function largestDifference(predictions: readonly Prediction[], live: Mirrored["live"]): number | null {
  if (live === null) return null;
  return predictions.reduce((largest, prediction, row) => {
    const answered = live[row] ?? null;
    return answered === null ? largest : Math.max(largest, differenceOf(prediction, answered));
  }, 0);
}
