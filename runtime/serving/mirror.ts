/** Shadow: the candidate computes the same request beside the answer, never before it, and never instead of it. */
import type { Exposure } from "../rollout/exposure.ts";
import { askVersion } from "./asking.ts";
import { enrich } from "./enrich.ts";
import { differenceOf } from "./prediction.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictorParts } from "./parts.ts";
import type { PredictionRequest } from "./request.ts";
import { RequestError } from "./request-error.ts";
import { exampleReader } from "./rows.ts";
import type { Example } from "./rows.ts";

export interface Mirrored {
  readonly request: PredictionRequest;
  readonly rows: readonly number[];
  readonly unit: string | null;
  readonly standsForRequest: boolean;
  readonly version: string;
  readonly exposure: Exposure;
  /** What was answered, by row; null where a fallback stepped in for a live version: there is nothing to compare. */
  readonly live: readonly (Prediction | null)[];
}

/** What is under way beside the answers; beyond that a request is left out, and counted. */
const mostRequests = 512;
const mostRows = 20_000;

interface Computed {
  /** `left out`: the server had no time for it, which says nothing about the candidate. */
  readonly outcome: "answered" | "failed" | "left out";
  readonly difference: number | null;
  readonly latencyMs: number;
}

/** A candidate that fails has no answer to compare: it disagrees, whatever the tolerance. */
const disagrees = Infinity;

export class Mirror {
  private readonly parts: PredictorParts;
  private requests = 0;
  private rows = 0;

  constructor(parts: PredictorParts) {
    this.parts = parts;
  }

  send(mirrored: Mirrored): void {
    const { metrics, observer } = this.parts;
    const { version, exposure, unit, standsForRequest, rows } = mirrored;
    if (this.requests >= mostRequests || this.rows + rows.length > mostRows) {
      metrics.shadows.inc({ version, outcome: "left out" });
      observer.leftOut(exposure, 1);
      return;
    }
    this.requests++;
    this.rows += rows.length;
    void this.compute(mirrored)
      .catch((error: unknown) => this.failed(error, mirrored))
      .then(({ outcome, difference, latencyMs }) => {
        metrics.shadows.inc({ version, outcome });
        if (outcome === "left out") observer.leftOut(exposure, 1);
        else observer.observe({ exposure, unit, standsForRequest, failed: outcome === "failed", latencyMs, difference });
      })
      .finally(() => {
        this.requests--;
        this.rows -= rows.length;
      });
  }

  private async compute({ request, rows, version, live }: Mirrored): Promise<Computed> {
    const { versions, clock, online, metrics, timeoutMs, turns } = this.parts;
    const opened = versions.get(version);
    // Unloaded: the stage is over.
    if (opened === undefined) return { outcome: "left out", difference: null, latencyMs: 0 };
    const pace = turns.pace();
    await pace.rest(); // the answer goes first
    const startedAt = clock.monotonic();
    const read = exampleReader(request, opened.contract, BigInt(Math.round(clock.now() * 1000)));
    const examples: Example[] = [];
    await pace.each(rows.length, (i) => { examples.push(read(rows[i] ?? 0)); });
    const { missing } = await enrich(online, opened.contract, examples, clock.now(), metrics, pace);
    const preparedMs = clock.monotonic() - startedAt;
    if (missing.size > 0) return { outcome: "failed", difference: disagrees, latencyMs: preparedMs };
    const asked = await askVersion(opened, examples.map(({ values }) => values), 1, startedAt + timeoutMs, timeoutMs, () => clock.monotonic());
    const latencyMs = preparedMs + asked.ownMs;
    const failure = asked.results.find((result) => result instanceof Error);
    if (failure !== undefined) return this.failed(failure, { version }, latencyMs);
    if (asked.lateBecause !== null) {
      return (await asked.lateBecause) === "version" ? { outcome: "failed", difference: disagrees, latencyMs } : { outcome: "left out", difference: null, latencyMs };
    }
    return { outcome: "answered", difference: largestDifference(asked.results as readonly Prediction[], live), latencyMs };
  }

  private failed(error: unknown, { version }: Pick<Mirrored, "version">, latencyMs = 0): Computed {
    // A request that the candidate cannot take is its failure, but no trouble of the server's.
    if (!(error instanceof RequestError)) this.parts.onTrouble(error, `mirroring to ${version}`);
    return { outcome: "failed", difference: disagrees, latencyMs };
  }
}

/** Null when there was nothing to compare with. */
function largestDifference(predictions: readonly Prediction[], live: Mirrored["live"]): number | null {
  let largest: number | null = null;
  predictions.forEach((prediction, row) => {
    const answered = live[row] ?? null;
    if (answered !== null) largest = Math.max(largest ?? 0, differenceOf(prediction, answered));
  });
  return largest;
}
