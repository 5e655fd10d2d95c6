/**
 * Shadow: the candidate computes the same request beside the answer, never before it, and never instead of it. Requests wait until nobody is waiting for an
 * answer; what the server has no room or no time for is left out, and counted.
 */
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

interface Mirrored {
  readonly request: PredictionRequest;
  /** Characters of the request's body: what it costs to keep it. */
  readonly size: number;
  readonly rows: readonly number[];
  readonly unit: string | null;
  readonly standsForRequest: boolean;
  readonly version: string;
  readonly exposure: Exposure;
  /** What was answered, by row; null where a fallback stepped in for a live version: there is nothing to compare. */
  readonly live: readonly (Prediction | null)[];
}

/** What may wait and be under way beside the answers. */
const most = { rows: 20_000, size: 8 * 2 ** 20 };
/** What waited longer would be computed from other features than the answer was. */
const longestWaitMs = 60_000;
/** Timeouts (a second at least) that a candidate has in the mirror: nobody waits for it, and a busy machine is not its fault. */
const patience = 10;

interface Computed {
  /** `left out`: the server had no time for it, which says nothing about the candidate. */
  readonly outcome: "answered" | "failed" | "left out";
  readonly difference: number | null;
  readonly latencyMs: number;
}

/** A candidate that fails has no answer to compare: it disagrees, whatever the tolerance. */
const disagrees = Infinity;
const leftOut: Computed = { outcome: "left out", difference: null, latencyMs: 0 };

export class Mirror {
  private readonly parts: PredictorParts;
  private readonly held = { rows: 0, size: 0 };

  constructor(parts: PredictorParts) {
    this.parts = parts;
  }

  send(mirrored: Mirrored): void {
    const { metrics, observer } = this.parts;
    const { version, exposure, unit, standsForRequest, rows, size } = mirrored;
    const { held } = this;
    if (held.rows + rows.length > most.rows || held.size + size > most.size) {
      metrics.shadows.inc({ version, outcome: "left out" });
      observer.leftOut(exposure, 1);
      return;
    }
    held.rows += rows.length;
    held.size += size;
    void this.compute(mirrored)
      .catch((error: unknown) => this.failed(error, mirrored))
      .then(({ outcome, difference, latencyMs }) => {
        metrics.shadows.inc({ version, outcome });
        if (outcome === "left out") observer.leftOut(exposure, 1);
        else observer.observe({ exposure, unit, standsForRequest, failed: outcome === "failed", latencyMs, difference });
      })
      .finally(() => {
        held.rows -= rows.length;
        held.size -= size;
      });
  }

  private async compute({ request, rows, version, live }: Mirrored): Promise<Computed> {
    const { versions, clock, online, metrics, timeoutMs, turns } = this.parts;
    const [cameAt, cameNow] = [clock.monotonic(), clock.now()];
    const pace = turns.pace(() => turns.whenIdle());
    await pace.rest(); // the answers go first, this one's and those of others
    const opened = versions.get(version);
    // Unloaded: the stage is over.
    if (opened === undefined || clock.monotonic() - cameAt > longestWaitMs) return leftOut;
    const startedAt = clock.monotonic();
    const read = exampleReader(request, opened.contract, BigInt(Math.round(cameNow * 1000)));
    const examples: Example[] = [];
    await pace.each(rows.length, (i) => { examples.push(read(rows[i] ?? 0)); });
    const { missing } = await enrich(online, opened.contract, examples, cameNow, metrics, pace);
    const preparedMs = clock.monotonic() - startedAt;
    if (missing.size > 0) return { outcome: "failed", difference: disagrees, latencyMs: preparedMs };
    const deadlineAt = clock.monotonic() + Math.max(1_000, patience * timeoutMs);
    const asked = await askVersion(opened, examples.map(({ values }) => values), 1, deadlineAt, timeoutMs, () => clock.monotonic());
    const latencyMs = preparedMs + asked.ownMs;
    const failure = asked.results.find((result) => result instanceof Error);
    if (failure !== undefined) return this.failed(failure, { version }, latencyMs);
    if (asked.lateBecause !== null && (await asked.lateBecause) === "server") return leftOut;
    // It would have been late for whoever had waited for it.
    if (asked.lateBecause !== null || asked.computedMs >= timeoutMs) return { outcome: "failed", difference: disagrees, latencyMs };
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
