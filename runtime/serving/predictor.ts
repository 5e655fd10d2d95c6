/**
 * The way of a request: who answers it (router), are its values right (contract), entity features (online store), the model
 * in time or else the fallback, what the rollout learns, the mirror, the log. Only then the answer.
 */
import type { ErrorCode } from "../codes.ts";
import { MlspecError } from "../errors.ts";
import { exposureText } from "../rollout/exposure.ts";
import type { Route } from "../rollout/exposure.ts";
import type { Contract } from "./contract.ts";
import { late, withDeadline } from "./deadline.ts";
import { enrich } from "./enrich.ts";
import { constantPart, predictionLine } from "./log-line.ts";
import { Mirror } from "./mirror.ts";
import type { PredictorParts } from "./parts.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionRequest } from "./request.ts";
import { RequestError } from "./request-error.ts";
import { examplesOf } from "./rows.ts";
import type { Example } from "./rows.ts";
import { failureOf } from "./row-answer.ts";
import type { Answer, RowAnswer } from "./row-answer.ts";
import type { OpenVersion } from "./versions.ts";

/** The rows of a request that belong to one unit: one route for all of them. */
interface Group {
  readonly rows: readonly number[];
  readonly unit: string | null;
  readonly route: Route;
  readonly arm: string;
  /** Null: no version answers, only the fallback. */
  readonly version: OpenVersion | null;
  readonly contract: Contract;
  readonly examples: readonly Example[];
  /** Why the model is not even asked. */
  readonly refusal: ErrorCode | null;
}

interface Answered {
  readonly predictions: readonly (Prediction | null)[];
  readonly fallback: ErrorCode | null;
  readonly error: ErrorCode | null;
  readonly failed: boolean;
  readonly stale: readonly string[];
}

export class Predictor {
  private readonly parts: PredictorParts;
  private readonly mirror: Mirror;
  private readonly constant: string;
  private readonly counters = new Map<string, { inc(count: number): void }>();

  constructor(parts: PredictorParts) {
    this.parts = parts;
    this.mirror = new Mirror(parts);
    this.constant = constantPart(parts.service, parts.model);
  }

  /** `pinned`: the version that the request's path names. @throws RequestError when the request is wrong. */
  async predict(request: PredictionRequest, pinned: OpenVersion | null, startedAt: number): Promise<Answer> {
    const id = request.id ?? this.parts.newId();
    const groups = this.groups(request, pinned, id); // everything is checked before anything runs
    const rowId = (row: number): string => (request.rows === 1 ? id : `${id}/${row}`);
    const answers = new Array<RowAnswer>(request.rows);
    const answerOne = async (group: Group): Promise<Answered> => {
      const result = await this.answerGroup(group, startedAt);
      this.finish(group, result, request, startedAt, rowId, answers);
      return result;
    };
    const answered = await Promise.all(groups.map(answerOne));
    await this.write(groups, answered, startedAt, answers);
    const [first] = groups;
    const failed = answered.map((each) => each.error).find((error) => error !== null);
    return {
      id, rows: answers, ignored: first === undefined ? [] : ignoredOf(request, first.contract),
      stale: answered.flatMap((each) => each.stale), failure: failed === undefined ? null : failureOf(failed),
    };
  }

  private groups(request: PredictionRequest, pinned: OpenVersion | null, id: string): readonly Group[] {
    const { router } = this.parts;
    const unitField = router.unit() ?? this.parts.unit;
    const column = unitField === null ? undefined : request.columns.get(unitField);
    const byUnit = new Map<string | null, number[]>();
    for (let row = 0; row < request.rows; row++) {
      const unit = unitText(column?.values[row]);
      const rows = byUnit.get(unit);
      if (rows === undefined) byUnit.set(unit, [row]);
      else rows.push(row);
    }
    const now = BigInt(Math.round(this.parts.clock.now() * 1000));
    return Array.from(byUnit, ([unit, rows]) => {
      if (pinned !== null) return this.group(request, rows, unit, pinnedRoute(pinned), "pinned", pinned, now);
      const route = router.route(unit, id);
      const arm = route.exposure === null ? "live" : exposureText(route.exposure);
      return this.group(request, rows, unit, route, arm, route.serve === null ? null : (this.parts.versions.get(route.serve) ?? null), now);
    });
  }

  private group(
    request: PredictionRequest, rows: readonly number[], unit: string | null, route: Route, arm: string, version: OpenVersion | null, now: bigint,
  ): Group {
    const contract = version?.contract ?? this.parts.fallbackContract;
    try {
      const examples = examplesOf(request, contract, rows, now);
      const refusal = route.serve !== null && version === null ? "version-not-loaded" : null;
      return { rows, unit, route, arm, version, contract, examples, refusal };
    } catch (error) {
      // A candidate that asks for more than the version beside it must not turn users away: that is the candidate's failure.
      if (!(error instanceof RequestError) || route.exposure?.arm !== "candidate" || !this.someoneElseAccepts(request, rows, version, now)) throw error;
      const plain = this.parts.fallbackContract;
      return { rows, unit, route, arm, version, contract: plain, examples: examplesOf(request, plain, rows, now), refusal: error.code };
    }
  }

  private someoneElseAccepts(request: PredictionRequest, rows: readonly number[], version: OpenVersion | null, now: bigint): boolean {
    return this.parts.versions.list().some((other) => {
      if (other === version) return false;
      try {
        return examplesOf(request, other.contract, rows, now).length > 0;
      } catch {
        return false;
      }
    });
  }

  private async answerGroup(group: Group, startedAt: number): Promise<Answered> {
    const { clock, online, metrics } = this.parts;
    const { missing, stale } = enrich(online, group.contract, group.examples, clock.now(), metrics);
    if (group.refusal !== null) return this.fallBack(group, group.refusal, stale, true);
    if (group.version === null) return this.fallBack(group, "no-version", stale, false);
    if (missing !== null) return this.fallBack(group, "feature-missing", stale, true);
    const predictions = await this.askModel(group, group.version, startedAt);
    if (typeof predictions === "string") return this.fallBack(group, predictions, stale, true);
    return { predictions, fallback: null, error: null, failed: false, stale };
  }

  /** The predictions, or why there are none. */
  private async askModel(group: Group, version: OpenVersion, startedAt: number): Promise<readonly Prediction[] | ErrorCode> {
    const { clock, timeoutMs } = this.parts;
    const left = timeoutMs - (clock.monotonic() - startedAt);
    if (left <= 0) return "timeout";
    let wanted = true;
    try {
      const answered = await withDeadline(version.batcher.predict(group.examples.map((example) => example.values), () => wanted), left);
      // A run occupies this thread, so the timer may come after the answer: an answer that is late is late all the same.
      return answered === late || clock.monotonic() - startedAt > timeoutMs ? "timeout" : answered;
    } catch (error) {
      const code = error instanceof MlspecError ? error.code : "model-failed";
      if (code !== "overloaded") this.parts.onTrouble(error, `asking ${version.version}`);
      return code;
    } finally {
      wanted = false;
    }
  }

  private async fallBack(group: Group, reason: ErrorCode, stale: readonly string[], failed: boolean): Promise<Answered> {
    const { fallback, metrics, onTrouble } = this.parts;
    if (failed) metrics.modelFailures.inc({ version: group.route.serve ?? "", arm: armLabel(group), code: reason });
    const none = { predictions: group.rows.map(() => null), fallback: null, error: reason, failed, stale };
    if (fallback === null) return none;
    try {
      const predictions = await fallback.answer(group.contract, group.examples.map((example) => example.values));
      if (predictions.includes(null)) return { ...none, error: "fallback-null" };
      metrics.fallbacks.inc({ reason });
      return { predictions, fallback: reason, error: null, failed, stale };
    } catch (error) {
      onTrouble(error, `evaluating the fallback ${fallback.name}`);
      return { ...none, error: "fallback-failed" };
    }
  }

  private finish(group: Group, result: Answered, request: PredictionRequest, startedAt: number, rowId: (row: number) => string, answers: RowAnswer[]): void {
    const { observer, clock, recent } = this.parts;
    const { route, arm, unit, rows } = group;
    const version = route.serve;
    rows.forEach((row, i) => {
      answers[row] = { id: rowId(row), version, arm, prediction: result.predictions[i] ?? null, fallback: result.fallback, error: result.error };
      recent.add(rowId(row), route.exposure, unit);
    });
    this.counter(version ?? "", armLabel(group), result.error !== null ? "nobody" : result.fallback === null ? "model" : "fallback").inc(rows.length);
    if (route.exposure !== null) {
      observer.observe({ exposure: route.exposure, unit, failed: result.failed, latencyMs: clock.monotonic() - startedAt, difference: null });
    }
    if (route.shadow !== null && route.shadowExposure !== null) {
      // Where the fallback is what is live, it is what the candidate is compared with; where it stepped in, it is not.
      const live = result.fallback === null || route.serve === null ? result.predictions : null;
      this.mirror.send({ request, rows, unit, version: route.shadow, exposure: route.shadowExposure, live });
    }
  }

  /** Finding a counter by its labels costs more than counting. */
  private counter(version: string, arm: string, by: string): { inc(count: number): void } {
    const key = `${version} ${arm} ${by}`;
    let counter = this.counters.get(key);
    if (counter === undefined) this.counters.set(key, (counter = this.parts.metrics.predictions.labels({ version, arm, by })));
    return counter;
  }

  private async write(groups: readonly Group[], answered: readonly Answered[], startedAt: number, answers: readonly RowAnswer[]): Promise<void> {
    const { log, clock } = this.parts;
    if (log === null) return;
    const timeUs = Math.round(clock.now() * 1000);
    const latencyMs = clock.monotonic() - startedAt;
    const lines: string[] = [];
    groups.forEach((group, g) => {
      group.rows.forEach((row, i) => {
        const facts = answers[row];
        const values = group.examples[i]?.values;
        if (facts === undefined || values === undefined) return;
        lines.push(predictionLine(this.constant, {
          ...facts, arm: facts.arm, unit: group.unit, timeUs, latencyMs, error: answered[g]?.error ?? null,
        }, group.contract, values));
      });
    });
    await log.appendPrediction(lines.join("\n"));
  }
}

const armLabel = (group: Group): string => group.route.exposure?.arm ?? group.arm;

function pinnedRoute(version: OpenVersion): Route {
  return { serve: version.version, shadow: null, exposure: null, shadowExposure: null };
}

function unitText(value: unknown): string | null {
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function ignoredOf(request: PredictionRequest, contract: Contract): readonly string[] {
  const ignored: string[] = [];
  for (const name of request.columns.keys()) if (!contract.fields.has(name)) ignored.push(name);
  return ignored;
}
