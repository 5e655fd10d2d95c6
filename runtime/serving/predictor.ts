/**
 * The way of a request: who answers it (router), are its values right (contract), entity features (online store), the model
 * in time or else the fallback, what the rollout learns, the mirror, the log. Only then the answer.
 */
import type { ErrorCode } from "../codes.ts";
import { MlspecError } from "../errors.ts";
import type { Exposure } from "../rollout/exposure.ts";
import { askVersion } from "./asking.ts";
import type { Cause } from "./asking.ts";
import type { RowResult } from "./batcher.ts";
import type { Contract } from "./contract.ts";
import { enrich } from "./enrich.ts";
import type { Enriched } from "./enrich.ts";
import { groupsOf } from "./groups.ts";
import type { Group, Grouped } from "./groups.ts";
import { constantPart, predictionLine } from "./log-line.ts";
import type { Sent } from "./log-line.ts";
import { Mirror } from "./mirror.ts";
import { observeRequest } from "./observing.ts";
import type { PredictorParts } from "./parts.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionRequest } from "./request.ts";
import { failureOf } from "./row-answer.ts";
import type { Answer, RowAnswer } from "./row-answer.ts";
import { sentReader } from "./rows.ts";
import type { Example } from "./rows.ts";
import type { Pace } from "./turns.ts";
import type { OpenVersion } from "./versions.ts";

/** Why a row has no prediction of the model: an error's code. */
type Reason = ErrorCode;

interface Answered {
  /** By row of the group. */
  readonly rows: readonly { readonly prediction: Prediction | null; readonly fallback: Reason | null; readonly error: Reason | null }[];
  /** Why the model did not answer a row; null where it did. */
  readonly reasons: readonly (Reason | null)[];
  readonly lateBecause: Promise<Cause> | null;
  readonly latencyMs: number;
  readonly stale: readonly string[];
}

/** Rows that the fallback answers at once before the others have their turn. */
const fallbackRows = 256;
/** Log lines that are written at once. */
const linesAtOnce = 512;

export class Predictor {
  private readonly parts: PredictorParts;
  private readonly mirror: Mirror;
  private readonly constant: string;
  private readonly counters = new Map<string, { inc(count: number): void }>();
  private drawn = 0;

  constructor(parts: PredictorParts) {
    this.parts = parts;
    this.mirror = new Mirror(parts);
    this.constant = constantPart(parts.service, parts.model);
  }

  /**
   * `pinned`: the version that the request's path names. `startedAt`: when the request came, of the monotonic clock; `timeout` counts from there.
   * `size`: characters of its body.
   * @throws RequestError when the request is wrong.
   */
  async predict(request: PredictionRequest, pinned: OpenVersion | null, startedAt: number, size: number): Promise<Answer> {
    const { turns, newId } = this.parts;
    const id = request.id ?? newId();
    const pace = turns.pace();
    const beganAt = this.parts.clock.monotonic();
    const grouped = await groupsOf(this.parts, request, pinned, id, ++this.drawn, pace);
    const { groups } = grouped;
    const answered = await this.answerAll(groups, request.rows, { startedAt, beganAt, pace });
    const answers = await this.finish(request, id, grouped, answered, pace);
    this.observe(request, size, grouped, answered);
    await Promise.all([this.write(request, grouped, answers, startedAt, pace), this.parts.observer.settled()]);
    const [first] = groups;
    const failed = answered.flatMap(({ rows }) => rows).find(({ error }) => error !== null);
    return {
      id, rows: answers, ignored: first === undefined ? [] : ignoredOf(request, first.contract, this.parts.router.unit()),
      stale: answered.flatMap(({ stale }) => stale), failure: failed === undefined ? null : failureOf(failed.error ?? "model-failed"),
    };
  }

  /** Features for all, then all versions at once: what comes before the model is nobody's advantage. */
  private async answerAll(groups: readonly Group[], rows: number, at: { startedAt: number; beganAt: number; pace: Pace }): Promise<readonly Answered[]> {
    const { clock, online, metrics, turns } = this.parts;
    const enriched: Enriched[] = [];
    for (const group of groups) enriched.push(await enrich(online, group.contract, group.examples, clock.now(), metrics, at.pace));
    const preparedMs = clock.monotonic() - at.beganAt;
    return await Promise.all(groups.map(async (group, g) => {
      const { missing = new Set<number>(), stale = [] } = enriched[g] ?? {};
      const asked = await this.ask(group, missing, rows, at.startedAt);
      await turns.soon(); // a run has the rows of many requests
      const answeredRows = await this.fallBack(group, asked.results, at.pace);
      const reasons = asked.results.map((result) => (typeof result === "string" ? result : null));
      return { rows: answeredRows, reasons, lateBecause: asked.lateBecause, latencyMs: preparedMs + asked.ownMs, stale };
    }));
  }

  private async ask(group: Group, missing: ReadonlySet<number>, rows: number, startedAt: number): Promise<{
    readonly results: readonly (Prediction | Reason)[]; readonly lateBecause: Promise<Cause> | null; readonly ownMs: number;
  }> {
    const { clock, timeoutMs } = this.parts;
    const { version, examples, refusal } = group;
    const all = (reason: Reason) => ({ results: examples.map(() => reason), lateBecause: null, ownMs: 0 });
    if (refusal !== null) return all(refusal);
    if (version === null) return all("no-version");
    const whole = missing.size === 0 ? examples : examples.filter((_, i) => !missing.has(i));
    if (whole.length === 0) return all("feature-missing");
    const asked = await askVersion(version, whole.map(({ values }) => values), whole.length / rows, startedAt + timeoutMs, timeoutMs, () => clock.monotonic());
    const results = asked.results.map((result) => this.reasonOr(result, version));
    if (missing.size === 0) return { ...asked, results };
    let next = 0;
    return { ...asked, results: examples.map((_, i) => (missing.has(i) ? "feature-missing" : (results[next++] ?? "timeout"))) };
  }

  private reasonOr(result: RowResult | "timeout" | "overloaded", version: OpenVersion): Prediction | Reason {
    if (!(result instanceof Error)) return result;
    this.parts.onTrouble(result, `asking ${version.version}`);
    return result instanceof MlspecError ? result.code : "model-failed";
  }

  /** What the model did not answer, the fallback does. */
  private async fallBack(group: Group, results: readonly (Prediction | Reason)[], pace: Pace): Promise<Answered["rows"]> {
    const { fallback, metrics, onTrouble } = this.parts;
    const rows: Answered["rows"][number][] = results.map((result) => (typeof result === "string"
      ? { prediction: null, fallback: null, error: result } : { prediction: result, fallback: null, error: null }));
    const left = results.flatMap((result, i) => (typeof result === "string" ? [i] : []));
    for (const [reason, count] of countsOf(results)) {
      if (reason !== "no-version") metrics.modelFailures.inc({ version: group.route.serve ?? "", arm: armLabel(group), code: reason });
      if (fallback !== null) metrics.fallbacks.inc({ reason }, count);
    }
    if (fallback === null) return rows;
    for (let from = 0; from < left.length; from += fallbackRows) {
      if (pace.due()) await pace.rest();
      const some = left.slice(from, from + fallbackRows);
      try {
        const predictions = await fallback.answer(group.contract, some.map((i) => group.examples[i]?.values ?? []));
        some.forEach((i, at) => {
          const prediction = predictions[at] ?? null;
          const reason = results[i];
          rows[i] = prediction === null ? { prediction, fallback: null, error: "fallback-null" } : { prediction, fallback: typeof reason === "string" ? reason : null, error: null };
        });
      } catch (error) {
        onTrouble(error, `evaluating the fallback ${fallback.name}`);
        for (const i of some) rows[i] = { prediction: null, fallback: null, error: "fallback-failed" };
      }
    }
    return rows;
  }

  private async finish(request: PredictionRequest, id: string, { groups, units }: Grouped, answered: readonly Answered[], pace: Pace): Promise<RowAnswer[]> {
    const answers = new Array<RowAnswer>(request.rows);
    for (const [g, group] of groups.entries()) {
      const { route, arm, rows } = group;
      const by = { nobody: 0, model: 0, fallback: 0 };
      await pace.each(rows.length, (i) => {
        const row = rows[i] ?? 0;
        const rowId = request.rows === 1 ? id : `${id}/${row}`;
        const { prediction = null, fallback = null, error = null } = answered[g]?.rows[i] ?? {};
        answers[row] = { id: rowId, version: route.serve, arm, prediction, fallback, error };
        this.remember(rowId, request.id === null, route.exposure, units[row] ?? null);
        by[error !== null ? "nobody" : fallback === null ? "model" : "fallback"]++;
      });
      for (const who of ["nobody", "model", "fallback"] as const) if (by[who] > 0) this.counter(route.serve ?? "", armLabel(group), who).inc(by[who]);
    }
    return answers;
  }

  /**
   * For its outcomes. One whose id may stand in the log, from before this process or the newest predictions, is not remembered: its outcomes are looked for there, where the first
   * prediction of an id is found. `isOwn`: the server made the id, so nobody had it before.
   */
  private remember(id: string, isOwn: boolean, exposure: Exposure | null, unit: string | null): void {
    const { recent, log, metrics, outcomes } = this.parts;
    const inLog = !isOwn && recent.get(id) === undefined && log?.ids.mayHave(id) === true;
    log?.ids.add(id);
    if (inLog) metrics.idsAgain.inc({ known: "log" });
    else if (recent.add(id, exposure, unit)) outcomes.predicted(id);
    else metrics.idsAgain.inc({ known: "recent" });
  }

  /** Beside the answer: the cause of a late one may be known later. */
  private observe(request: PredictionRequest, size: number, { groups, units, standsFor }: Grouped, answered: readonly Answered[]): void {
    const { onTrouble } = this.parts;
    const seen = groups.flatMap((group, g) => {
      const of = answered[g];
      if (of === undefined) return [];
      const { reasons, lateBecause, latencyMs } = of;
      return [{ group, lateBecause, latencyMs, failed: reasons.map((reason) => reason !== null && reason !== "no-version"), late: reasons.map((reason) => reason === "timeout" || reason === "overloaded") }];
    });
    observeRequest(this.parts, seen, units, standsFor).catch((error: unknown) => { onTrouble(error, "observing a request"); });
    groups.forEach(({ route, rows }, g) => {
      if (route.shadow === null || route.shadowExposure === null) return;
      // Where the fallback is what is live, it is what the candidate is compared with; where it stepped in, it is not.
      const live = answered[g]?.rows.map(({ prediction, fallback }) => (fallback === null || route.serve === null ? prediction : null)) ?? [];
      this.mirror.send({ request, size, rows, unit: units[standsFor] ?? null, standsForRequest: rows.includes(standsFor), version: route.shadow, exposure: route.shadowExposure, live });
    });
  }

  /** Finding a counter by its labels costs more than counting. */
  private counter(version: string, arm: string, by: string): { inc(count: number): void } {
    const key = `${version} ${arm} ${by}`;
    let counter = this.counters.get(key);
    if (counter === undefined) this.counters.set(key, (counter = this.parts.metrics.predictions.labels({ version, arm, by })));
    return counter;
  }

  /** What the log holds of a group's rows; of one that no model was asked about: what was sent of all that the model reads, not only what the fallback does. */
  private loggedOf(request: PredictionRequest, { version, contract, refusal, examples, rows }: Group): { readonly contract: Contract; readonly sent: (i: number) => Sent | undefined } {
    if (version !== null && refusal === null) return { contract, sent: (i) => examples[i] };
    const whole = version?.contract ?? this.parts.declaredContract;
    const read = sentReader(request, whole);
    return { contract: whole, sent: (i) => (examples[i] === undefined ? undefined : joined(whole, read(rows[i] ?? 0), contract, examples[i])) };
  }

  private async write(request: PredictionRequest, { groups, units }: Grouped, answers: readonly RowAnswer[], startedAt: number, pace: Pace): Promise<void> {
    const { log, clock } = this.parts;
    if (log === null) return;
    const timeUs = Math.round(clock.now() * 1000);
    const latencyMs = clock.monotonic() - startedAt;
    const written: Promise<boolean>[] = [];
    let lines: string[] = [];
    for (const group of groups) {
      const { contract, sent } = this.loggedOf(request, group);
      await pace.each(group.rows.length, (i) => {
        const row = group.rows[i] ?? 0;
        const facts = answers[row];
        const values = sent(i);
        if (facts === undefined || values === undefined) return;
        lines.push(predictionLine(this.constant, { ...facts, unit: units[row] ?? null, timeUs, latencyMs }, contract, values));
        if (lines.length < linesAtOnce) return;
        written.push(log.appendPrediction(lines.join("\n")));
        lines = [];
      });
    }
    if (lines.length > 0) written.push(log.appendPrediction(lines.join("\n")));
    await Promise.all(written);
  }
}

/** The values of `own` where it has them (looked up, or read already), else what was sent. */
function joined(contract: Contract, sent: Sent, own: Contract, example: Example): Sent {
  const values = contract.columns.map(({ name }, i) => {
    const at = own.columns.findIndex((column) => column.name === name);
    return (at < 0 ? null : example.values[at]) ?? sent.values[i] ?? null;
  });
  return { values, sentKeys: sent.sentKeys };
}

const armLabel = (group: Group): string => group.route.exposure?.arm ?? group.arm;

function countsOf(results: readonly (Prediction | Reason)[]): ReadonlyMap<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const result of results) if (typeof result === "string") counts.set(result, (counts.get(result) ?? 0) + 1);
  return counts;
}

/** `unit`: what decides who answers is not ignored, whatever the spec has come to say. */
function ignoredOf(request: PredictionRequest, contract: Contract, unit: string | null): readonly string[] {
  const ignored = new Set(request.besides);
  for (const name of request.columns.keys()) if (!contract.fields.has(name) && name !== unit) ignored.add(name);
  return [...ignored];
}
