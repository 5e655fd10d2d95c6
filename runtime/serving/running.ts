/** A service while it runs: what the HTTP paths ask, and what is counted. */
import type { Task } from "../../grammar/compiled-spec/index.ts";
import type { OnlineStore } from "../online/store.ts";
import type { InFlight } from "./admission.ts";
import type { Contract } from "./contract.ts";
import type { OpenFallback } from "./fallback.ts";
import type { PredictionLog } from "./log/prediction-log.ts";
import type { Metrics } from "./metrics.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Clock } from "./parts.ts";
import type { Predictor } from "./predictor.ts";
import type { Turns } from "./turns.ts";
import type { OpenVersion, Versions } from "./versions.ts";

export interface RunningParts {
  readonly service: string;
  readonly model: string;
  readonly task: Task;
  readonly serverVersion: string;
  readonly versions: Versions;
  readonly fallbackContract: Contract;
  readonly fallback: Pick<OpenFallback, "emptiness"> | null;
  readonly predictor: Predictor;
  readonly outcomes: Outcomes;
  readonly online: OnlineStore;
  readonly log: PredictionLog | null;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly timeoutMs: number;
  readonly onTrouble: (error: unknown, doing: string) => void;
  readonly standing: () => Standing | null;
  readonly strict: boolean;
  readonly notices: readonly string[];
  /** Why nobody gets in by a token, or by the certificate, if that is so. */
  readonly closedDoors: () => readonly string[];
  /** What is wrong with the files of loaded versions, by version. */
  readonly damagedFiles: () => ReadonlyMap<string, string>;
  readonly keepsOutcomes: boolean;
  /** What decides the arm in the rollout under way; null: nothing, or each request by itself. */
  readonly unit: () => string | null;
  readonly onMeasure: (metrics: Metrics) => void;
}

/** Where the service stands as the rollout's controller sees it. */
export interface Standing {
  /** The version that is to answer; null: the fallback. */
  readonly live: string | null;
  /** The version that requests go to; null: the fallback. */
  readonly answering: string | null;
  /** Why these differ, in words; or what else keeps the controller from doing its work. */
  readonly problem: string | null;
}

export interface Health {
  /** May it get requests: somebody gives sound answers, the live version or what stands in for it. */
  readonly ready: boolean;
  /** Ready, but not as declared: `problems` says why. */
  readonly degraded: boolean;
  /** The version that is to answer, and the one that does; null: the fallback. */
  readonly live: string | null;
  readonly answering: string | null;
  /** Why these differ, in words; null while they do not. */
  readonly whyNotLive: string | null;
  /** What is wrong, in words; some of it only degrades (a log that cannot be written). */
  readonly problems: readonly string[];
}

export class Running {
  readonly service: string;
  readonly model: string;
  readonly task: Task;
  readonly serverVersion: string;
  readonly versions: Versions;
  readonly fallbackContract: Contract;
  readonly predictor: Predictor;
  readonly outcomes: Outcomes;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly timeoutMs: number;
  readonly onTrouble: (error: unknown, doing: string) => void;
  /** What the HTTP server has under way. */
  inFlight: () => Readonly<InFlight & { connections: number }> = () => ({ connections: 0, requests: 0, rows: 0, bytes: 0 });
  private readonly parts: RunningParts;
  private draining = false;
  private underWay = 0;
  private whenIdle: (() => void)[] = [];
  private readonly byStatus = new Map<number | "gone", { inc(): void }>();

  constructor(parts: RunningParts) {
    this.parts = parts;
    this.service = parts.service;
    this.model = parts.model;
    this.task = parts.task;
    this.serverVersion = parts.serverVersion;
    this.versions = parts.versions;
    this.fallbackContract = parts.fallbackContract;
    this.predictor = parts.predictor;
    this.outcomes = parts.outcomes;
    this.metrics = parts.metrics;
    this.clock = parts.clock;
    this.turns = parts.turns;
    this.timeoutMs = parts.timeoutMs;
    this.onTrouble = parts.onTrouble;
  }

  get keepsOutcomes(): boolean {
    return this.parts.keepsOutcomes;
  }

  /** The field that decides the arm in the rollout under way. */
  unit(): string | null {
    return this.parts.unit();
  }

  isDraining(): boolean {
    return this.draining;
  }

  /** Whether a version that is loaded, or the fallback, reads a field of that name from requests. */
  isField(name: string): boolean {
    return this.fallbackContract.fields.has(name) || this.versions.list().some(({ contract }) => contract.fields.has(name));
  }

  /** The version that requests outside of a rollout's share go to; null: the fallback. */
  answeringVersion(): OpenVersion | null {
    return this.versions.get(this.standing().answering ?? "") ?? null;
  }

  someVersion(): OpenVersion | null {
    return this.versions.list()[0] ?? null;
  }

  health(): Health {
    const { versions, log, strict, notices } = this.parts;
    const { live, answering, problem } = this.standing();
    const unready: string[] = [];
    if (this.draining) unready.push("shutting down");
    const alone = versions.list().length === 0 ? this.withoutFallback() : null;
    if (alone?.forGood === true) unready.push(`no version is loaded, and ${alone.why}`);
    for (const view of this.missingViews()) unready.push(`the online store has no values of ${view} yet`);
    const degraded: string[] = [...notices, ...this.parts.closedDoors()];
    // Not unready: no requests would come that could show otherwise.
    if (alone?.forGood === false) degraded.push(`no version is loaded, and ${alone.why}`);
    const whyNotLive = live === answering ? null : (problem ?? "it is being loaded");
    if (whyNotLive !== null) (strict ? unready : degraded).push(`${answering === null ? "the fallback" : `version ${answering}`} answers in place of version ${live ?? "none"}: ${whyNotLive}`);
    else if (problem !== null) degraded.push(problem);
    for (const [version, problem] of this.parts.damagedFiles()) degraded.push(`version ${version} answers from memory, and could not be loaded again: ${problem}`);
    if (log !== null && log.problem !== null) degraded.push(`the prediction log is not being written: ${log.problem}`);
    return { ready: unready.length === 0, degraded: unready.length === 0 && degraded.length > 0, live, answering, whyNotLive, problems: [...unready, ...degraded] };
  }

  /** Why a version is not loaded although it is to answer; null of any other version. */
  problemOf(version: string): string | null {
    const { live, problem } = this.standing();
    return live === version && this.versions.get(version) === undefined ? (problem ?? "it is being loaded") : null;
  }

  private standing(): Standing {
    const loaded = this.versions.list()[0]?.version ?? null;
    return this.parts.standing() ?? { live: loaded, answering: loaded, problem: null };
  }

  /** Refreshes the gauges. */
  measure(): void {
    const { metrics, log, online, clock } = this.parts;
    metrics.logWaiting.set(log?.waiting ?? 0);
    for (const [what, count] of Object.entries(this.inFlight())) metrics.inFlight.set({ what }, count);
    const { ready, degraded, live, answering } = this.health();
    metrics.ready.set(ready ? 1 : 0);
    metrics.degraded.set(degraded ? 1 : 0);
    for (const [gauge, version] of [[metrics.live, live], [metrics.answering, answering]] as const) {
      gauge.reset();
      gauge.set({ version: version ?? "fallback" }, 1);
    }
    metrics.damaged.reset();
    for (const version of this.parts.damagedFiles().keys()) metrics.damaged.set({ version }, 1);
    this.parts.onMeasure(metrics);
    for (const view of online.views()) metrics.onlineAge.set({ view: view.view }, Math.max(0, clock.now() - view.asOfMs) / 1000);
  }

  began(): void {
    this.underWay++;
  }

  ended(): void {
    if (--this.underWay === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** `gone`: the client's connection broke before it was answered. */
  counted(status: number | "gone", startedAt: number | undefined): void {
    let counter = this.byStatus.get(status);
    if (counter === undefined) this.byStatus.set(status, (counter = this.metrics.requests.labels({ status: String(status) })));
    counter.inc();
    if (startedAt !== undefined) this.metrics.seconds.observe((this.clock.monotonic() - startedAt) / 1000);
  }

  /** From now on new requests are refused; resolves when those under way are answered, or after `mostMs`. */
  drain(mostMs: number): Promise<void> {
    this.draining = true;
    if (this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, mostMs);
      this.whenIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Why nothing stands in for a version; null when something does. */
  private withoutFallback(): ReturnType<OpenFallback["emptiness"]> {
    return this.parts.fallback === null ? { why: "the service has no fallback", forGood: true } : this.parts.fallback.emptiness();
  }

  private missingViews(): readonly string[] {
    const needed = new Set(this.versions.list().flatMap(({ contract }) => contract.lookups.map((lookup) => lookup.view)));
    return [...needed].filter((view) => this.parts.online.view(view) === null);
  }
}
