/** What became of predictions: kept in the log, and told to the rollout once the prediction it belongs to is found. */
import { parseExposure } from "../rollout/exposure.ts";
import { microsecondsOf } from "../preprocess/timestamp.ts";
import { isObject } from "./body.ts";
import type { OutcomeKey, PredictionLog } from "./log/prediction-log.ts";
import type { Metrics } from "./metrics.ts";
import type { Clock } from "./parts.ts";
import { longestId } from "./protocol.ts";
import type { RecentPrediction, RecentPredictions } from "./recent.ts";
import { outcomeValue, type ClassesOf, type Labels } from "./outcome-value.ts";
import { RequestError, shown } from "./request-error.ts";
import type { Observer } from "./routing.ts";

export interface Outcome {
  readonly id: string;
  readonly label: string;
  /** 1 and 0 for true and false; a text for a label with classes, which no rate is taken of. */
  readonly value: number | string;
  /** Microseconds since 1970: when it happened, as the sender says; null where it does not. */
  readonly timeUs: number | null;
}

export const notKept = (): RequestError =>
  new RequestError(503, "outcomes-not-kept", "This server cannot write down outcomes at present: they would be lost.", { hint: "Send them again later, or to a server that can. GET /v2/health/ready says why." });

const mostAtOnce = 10_000;
const mostUnjoined = 100_000;
/** The sender's clock may be that far ahead of ours; what is later is a mistake, in the unit for example. */
const mostAheadUs = 86_400_000_000;

/** `{"id", "label", "value", "time"?}`, or `{"outcomes": [those]}`. */
function readOutcomes(body: Record<string, unknown>, nowUs: number, labels: Labels, classesOf: ClassesOf): readonly Outcome[] {
  const many = Object.hasOwn(body, "outcomes");
  const list = many ? body["outcomes"] : [body];
  if (!Array.isArray(list) || list.length === 0) throw new RequestError(400, "outcomes-invalid", "outcomes must be a list that is not empty.", { part: "outcomes" });
  if (list.length > mostAtOnce) throw new RequestError(413, "too-many-rows", `At most ${mostAtOnce} outcomes are taken at once.`, { hint: "Split the request." });
  return list.map((entry: unknown, i) => readOutcome(entry, many ? `outcomes[${i}]` : "", nowUs, labels, classesOf));
}

const fields = new Set(["id", "label", "value", "time"]);

/** Fields of one that is read, and beside the list, that mean nothing: as of a prediction's request, they are named in the answer. */
function ignoredOf(body: Record<string, unknown>): readonly string[] {
  const many = Array.isArray(body["outcomes"]) ? (body["outcomes"] as readonly Record<string, unknown>[]) : null;
  const beside = many === null ? [] : Object.keys(body).filter((key) => key !== "outcomes");
  const within = (many ?? [body]).flatMap((entry) => Object.keys(entry).filter((key) => !fields.has(key)));
  return [...new Set([...beside, ...within])];
}

function readOutcome(entry: unknown, at: string, nowUs: number, labels: Labels, classesOf: ClassesOf): Outcome {
  const part = (field: string): string => (at === "" ? field : `${at}.${field}`);
  const wrong = (field: string, wanted: string, found: unknown): RequestError =>
    new RequestError(400, "outcome-invalid", `${part(field)} must be ${wanted}, but is ${shown(found)}.`, { part: part(field) });
  if (!isObject(entry)) throw new RequestError(400, "outcome-invalid", `${at} must be an object with id, label and value.`, { part: at });
  const { id, label, value, time } = entry;
  if (typeof id !== "string" || id === "" || id.length > longestId + 20 || !id.isWellFormed()) throw wrong("id", "the id of a prediction", id);
  if (typeof label !== "string" || label === "" || label.length > longestId) throw wrong("label", "the name of a label", label);
  const checked = outcomeValue(labels, label, value, part, classesOf);
  const common = { id, label: label.toWellFormed(), value: checked };
  if (time === undefined || time === null) return { ...common, timeUs: null };
  const timeUs = typeof time === "string" ? microsecondsOf(time) : null;
  if (timeUs === null) throw wrong("time", "a time such as \"2026-11-20T09:30:00Z\"", time);
  if (Number(timeUs) > nowUs + mostAheadUs) throw wrong("time", "no more than a day ahead of the server's clock", time);
  return { ...common, timeUs: Number(timeUs) };
}

type Received = Outcome & OutcomeKey;

export interface OutcomeParts {
  readonly service: string;
  readonly labels: Labels;
  readonly classesOf: ClassesOf;
  readonly log: PredictionLog | null;
  readonly recent: RecentPredictions;
  readonly observer: Observer;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

export class Outcomes {
  private readonly parts: OutcomeParts;
  /** To be looked for in the log with the next flush, unless their prediction comes before. */
  private readonly unjoined = new Set<Received>();
  /** Those that no prediction is known to: it may come yet. By its id, the oldest first. */
  private readonly early = new Map<string, Received[]>();
  private waiting = 0;

  constructor(parts: OutcomeParts) {
    this.parts = parts;
  }

  /** With what of the body means nothing. @throws RequestError when one of them is no outcome of a declared label. */
  read(body: Record<string, unknown>): { readonly outcomes: readonly Outcome[]; readonly ignored: readonly string[] } {
    const outcomes = readOutcomes(body, Math.round(this.parts.clock.now() * 1000), this.parts.labels, this.parts.classesOf);
    return { outcomes, ignored: ignoredOf(body) };
  }

  /**
   * How many were joined at once; the others are looked for in the log's files by `joinRest`.
   * @throws RequestError 503 where they cannot be kept: nothing of them counts, and whoever sends them again loses nothing.
   */
  async accept(outcomes: readonly Outcome[]): Promise<{ readonly accepted: number; readonly joined: number }> {
    const { log, clock } = this.parts;
    const received = outcomes.map((outcome) => {
      const nowUs = Math.round(clock.now() * 1000);
      return { ...outcome, receivedUs: log === null ? nowUs : log.received(nowUs) };
    });
    const kept = (await log?.appendOutcome(received.map((outcome) => this.line(outcome)).join("\n"))) ?? true;
    if (!kept) throw notKept();
    let joined = 0;
    for (const outcome of received) {
      const recent = this.parts.recent.get(outcome.id);
      if (recent === undefined) {
        if (this.unjoined.size < mostUnjoined) this.unjoined.add(outcome);
        else this.count(outcome, "nothing");
        this.keep(outcome);
        continue;
      }
      joined++;
      this.join(recent, outcome);
    }
    await this.parts.observer.settled();
    return { accepted: outcomes.length, joined };
  }

  /** A prediction that nobody knew of is there now: its outcomes may have come before it, as from another machine. */
  predicted(id: string): void {
    if (this.waiting === 0) return;
    const early = this.early.get(id);
    const recent = this.parts.recent.get(id);
    if (early === undefined || recent === undefined) return;
    this.forget(id);
    for (const outcome of early) {
      this.unjoined.delete(outcome);
      this.join(recent, outcome);
    }
  }

  private join(recent: RecentPrediction, outcome: Received): void {
    if (recent.labels.includes(outcome.label)) {
      this.count(outcome, "repeated"); // sent again, after a lost answer for example: counts once
      return;
    }
    recent.labels = [...recent.labels, outcome.label];
    this.count(outcome, "recent");
    const { exposure, unit } = recent;
    if (exposure !== null && typeof outcome.value === "number") this.parts.observer.outcome({ exposure, unit, label: outcome.label, value: outcome.value });
  }

  private keep(outcome: Received): void {
    const those = this.early.get(outcome.id);
    if (those === undefined) this.early.set(outcome.id, [outcome]);
    else those.push(outcome);
    this.waiting++;
    for (const oldest of this.early.keys()) {
      if (this.waiting <= mostUnjoined) return;
      this.forget(oldest);
    }
  }

  private forget(id: string): void {
    this.waiting -= this.early.get(id)?.length ?? 0;
    this.early.delete(id);
  }

  /** Writes the log, and joins what came for older predictions, or for those of a process before this one. */
  async joinRest(): Promise<void> {
    const { log, observer, onTrouble } = this.parts;
    const received = [...this.unjoined];
    // The prediction of an outcome was appended before that came, so it is in a file afterwards.
    await log?.flush();
    // Those whose prediction has come meanwhile were joined to it.
    const rest = received.filter((outcome) => this.unjoined.delete(outcome));
    if (rest.length === 0) return;
    const firsts = [...new Map(rest.map((outcome) => [`${outcome.label} ${outcome.id}`, outcome] as const).reverse()).values()];
    const found = log === null ? [] : await log.find(firsts).catch((error: unknown) => {
      onTrouble(error, "joining outcomes to the log");
      return [];
    });
    const values = new Map(firsts.map((outcome) => [`${outcome.label} ${outcome.id}`, outcome.value]));
    const joined = new Set(found.map((each) => `${each.label} ${each.id}`));
    for (const each of found) {
      this.forget(each.id);
      const exposure = each.arm === null ? null : parseExposure(each.arm);
      const value = values.get(`${each.label} ${each.id}`);
      if (exposure !== null && typeof value === "number") observer.outcome({ exposure, unit: each.unit, label: each.label, value });
    }
    for (const outcome of firsts) this.count(outcome, joined.has(`${outcome.label} ${outcome.id}`) ? "log" : "nothing");
  }

  private count({ label }: Outcome, joined: string): void {
    // A label that no outcome could be joined to may be anything a client makes up: it does not get a series of its own.
    this.parts.metrics.outcomes.inc({ label: joined === "nothing" ? "" : label, joined });
  }

  private line({ id, label, value, timeUs, receivedUs }: Outcome & OutcomeKey): string {
    return JSON.stringify({ id, label, value: typeof value === "number" ? value : null, class: typeof value === "string" ? value : null, time: timeUs ?? receivedUs, received: receivedUs, service: this.parts.service });
  }
}
