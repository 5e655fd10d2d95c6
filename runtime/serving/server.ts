/**
 * A service over HTTP. `createServer` puts the parts together and loads the versions; `listen` opens the port; `close` drains.
 * Start reading at `predictor.ts` for what happens to a request.
 */
import { isIP, type AddressInfo } from "node:net";
import type { CompiledSpec, Dataset } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import type { OnlineStore } from "../online/store.ts";
import { codeOf } from "../registry/files.ts";
import { createRepeats, timesSoFar } from "../repeats.ts";
import type { Registry } from "../registry/registry.ts";
import type { Access } from "./access/access.ts";
import { Connections } from "./connections.ts";
import { contractOf, type Hiding } from "./contract.ts";
import { longestTimerMs } from "./deadline.ts";
import { mostConnections, ownDescriptors } from "./descriptors.ts";
import { openFallback } from "./fallback.ts";
import { defaultLimits, httpServer } from "./http.ts";
import type { HttpLimits } from "./http.ts";
import type { ModelSignature } from "../export/signature.ts";
import { signatureOf } from "../export/signature.ts";
import { logColumns } from "./log-line.ts";
import type { OutcomeSums } from "../statistics/confidence-sequence.ts";
import type { MaturedQuery } from "./log/matured.ts";
import { PredictionLog } from "./log/prediction-log.ts";
import { openPseudonyms, type Pseudonyms } from "./log/pseudonyms.ts";
import { Retention } from "./log/retention.ts";
import { createMetrics, measureProcess } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { LoadedFiles } from "./loaded-files.ts";
import { labelsOf } from "./outcome-value.ts";
import { Outcomes } from "./outcomes.ts";
import { personalValues } from "../data/personal-values.ts";
import { Predictor } from "./predictor.ts";
import type { Clock } from "./parts.ts";
import { RecentPredictions } from "./recent.ts";
import type { Observer, Router } from "./routing.ts";
import { Turns } from "./turns.ts";
import { Running, type Health, type Standing } from "./running.ts";
import { Versions } from "./versions.ts";

export interface ServerOptions {
  readonly spec: CompiledSpec;
  /** Name of the service in the spec. */
  readonly service: string;
  readonly registry: Registry;
  /** The service's own store; it stays the caller's to close. */
  readonly online: OnlineStore;
  readonly router: Router;
  readonly observer: Observer;
  /** Versions to load before the port opens: the live one, and a rollout's candidate. */
  readonly versions: readonly string[];
  /** Where predictions are logged when the service says so; the key of pseudonyms lies beside it. */
  readonly logFolder: string;
  /** Fields and features that are logged as pseudonyms, whatever this spec says: the rollout under way began so. */
  readonly hidden?: readonly string[];
  /** The log is kept from there on (milliseconds since 1970), however old it grows: a rollout's start; null: nothing needs it. */
  readonly logNeededSince?: () => number | null;
  readonly access: Access;
  readonly clock: Clock;
  /** Ids of requests that bring none; unique across restarts. */
  readonly newId: () => string;
  /** The program's version, for GET /v2. */
  readonly serverVersion?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Rows that may wait for the model. */
  readonly mostWaiting?: number;
  /** Predictions whose outcomes are joined without looking into the log's files. */
  readonly mostRecent?: number;
  /** How long requests under way may take when closing. */
  readonly drainMs?: number;
  /** How long clients may take then to send what they have begun, and to read what they are answered. */
  readonly lingerMs?: number;
  /** How often the files of loaded versions are looked at, in milliseconds. */
  readonly lookMs?: number;
  /** What is to answer, and why it does not, if it does not. Unless given, whatever is loaded is as it should be. */
  readonly standing?: () => Standing | null;
  /** What is not as it should be as long as this process runs, for health. */
  readonly notices?: readonly string[];
  /** False: outcomes are refused, since there is nowhere to keep them. */
  readonly keepsOutcomes?: boolean;
  /** Not ready (503) while the live version does not answer, even where the fallback could. */
  readonly strict?: boolean;
  /** The rest of GET /metrics, brought up to date before it is read. */
  readonly onMeasure?: (metrics: Metrics) => void;
  /** Something went wrong that no client is told. */
  readonly onTrouble?: (error: unknown, doing: string) => void;
}

export interface Server {
  /** Returns the address, such as `http://127.0.0.1:8080`. Port 0 takes a free one. */
  listen(options: { readonly host?: string; readonly port: number }): Promise<string>;
  /** Makes a version answerable; requests may be routed to it afterwards. */
  load(version: string): Promise<void>;
  /** Requests under way are still answered by it. Route elsewhere first. */
  unload(version: string): Promise<void>;
  loaded(): readonly string[];
  /** Outcomes by maturity, by arm, from the prediction log; empty without one. */
  matured(query: MaturedQuery): Promise<ReadonlyMap<string, OutcomeSums>>;
  readonly metrics: Metrics;
  health(): Health;
  /** Refuses new requests, answers those under way, writes the log. */
  close(): Promise<void>;
}

/** Together well below the 30 s after which Kubernetes kills a process. */
const longestDrainMs = 10_000;
const longestLingerMs = 5_000;

/** @throws MlspecError 'artifact-corrupt', 'version-unknown' …: nothing is left behind then. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const undo: (() => Promise<void> | void)[] = [];
  try {
    return await assemble(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function assemble(options: ServerOptions, undo: (() => Promise<void> | void)[]): Promise<Server> {
  const { spec, clock, observer, online, newId } = options;
  const onTrouble = toldRarely(options.onTrouble ?? (() => undefined));
  const { service, model, dataset } = declarations(spec, options.service);
  const metrics = createMetrics(service.name, model.name);
  const turns = new Turns(() => clock.monotonic());
  const limits = { ...defaultLimits, ...options.limits };
  measureProcess(metrics);
  const fallback = await openFallback(model, dataset, service.otherwise);
  undo.push(() => fallback?.release());
  const log = service.log === null ? null : await PredictionLog.open({
    folder: options.logFolder, prefix: `${String(Math.round(clock.now())).padStart(15, "0")}-${process.pid}`,
    events: {
      onLost: (lines) => { metrics.logLost.inc(lines); },
      onFlushFailed: (problem) => { metrics.logFlushFailures.inc(); onTrouble(new Error(problem), "flushing the prediction log"); },
    },
  });
  undo.push(() => log?.close());
  const units = [...new Set(spec.rollouts.flatMap((rollout) => (rollout.service === service.name && rollout.unit !== null ? [rollout.unit] : [])))];
  const declare = (contract: typeof fallbackContract): void => {
    const { request, features } = logColumns(contract);
    log?.declare(request, features);
  };
  // Units are kept for the rollout's evidence, too, also of a service that logs nothing.
  const hidden = options.hidden ?? [];
  const hiding = service.log?.hashPii !== false || hidden.length > 0
    ? { pseudonyms: openPseudonyms(options.logFolder), personal: new Set([...hidden, ...(service.log?.hashPii !== false ? personalValues(spec, dataset) : [])]) } : null;
  const hides = unitHiding(spec, dataset, options, hiding);
  // A rollout may have begun with another spec than this process.
  let opened = hiding?.pseudonyms ?? null;
  const pseudonyms = (): Pseudonyms => (opened ??= openPseudonyms(options.logFolder));
  const fallbackInputs = fallback?.inputs ?? [];
  const fallbackContract = contractOf({ inputs: [], fallback: fallbackInputs, spec, dataset, units, hiding });
  // What clients send while no version is live: logged, though the fallback alone reads it.
  const declaredContract = contractOf({ inputs: [], fallback: [...fallbackInputs, ...signatureOf(model, dataset).filter(({ name }) => !fallbackInputs.some((each) => each.name === name))], spec, dataset, units, hiding });
  declare(declaredContract);
  // Also of versions that are not loaded: their predictions may still be waiting for what becomes of them.
  const classes = new Set((await options.registry.list(model.name)).flatMap(({ manifest }) => (manifest?.identity.signature as unknown as ModelSignature | undefined)?.classes ?? []));
  const versions = new Versions({
    registry: options.registry, model: model.name, spec, fallbackInputs, units, hiding, batch: service.batch, metrics, monotonic: () => clock.monotonic(),
    turns, timeoutMs: service.timeoutMs, mostWaiting: options.mostWaiting ?? limits.inFlight.rows, onLoaded: ({ contract, signature }) => {
      declare(contract);
      for (const each of signature.classes) classes.add(each);
    },
  });
  undo.push(() => versions.unloadAll());
  for (const version of options.versions) await versions.load(version);
  const loadedFiles = new LoadedFiles(options.registry, model.name, () => versions.list());
  const recent = new RecentPredictions(options.mostRecent ?? 100_000);
  const shared = { service: service.name, log, recent, observer, metrics, clock, turns, onTrouble };
  const outcomes = new Outcomes({ ...shared, labels: labelsOf(spec.labels), classesOf: (label) => (label === model.label && classes.size > 0 ? classes : null) });
  const predictor = new Predictor({
    ...shared, outcomes, model: model.name, timeoutMs: service.timeoutMs, router: options.router, unit: units[0] ?? null, versions, online,
    unitAs: (unit, field) => (field !== null && hides(field) ? pseudonyms().of(unit) : unit), fallback, fallbackContract, declaredContract, newId,
  });
  const running = new Running({
    service: service.name, model: model.name, task: model.task, serverVersion: options.serverVersion ?? "0", versions, fallbackContract,
    fallback, predictor, outcomes, online, log, metrics, clock, turns,
    timeoutMs: service.timeoutMs, onTrouble,
    standing: options.standing ?? (() => null), strict: options.strict ?? false, notices: options.notices ?? [],
    closedDoors: () => closedDoors(options.access), damagedFiles: () => loadedFiles.problems(), keepsOutcomes: options.keepsOutcomes ?? true, unit: () => options.router.unit(), onMeasure: options.onMeasure ?? (() => undefined),
  });
  const connections = openConnections(limits.connections ?? mostConnections(ownDescriptors()), metrics, onTrouble);
  const app = httpServer(running, limits, options.access, connections);
  const retention = new Retention({
    log, clock, retainMs: service.log?.retainMs ?? spec.sources.find(({ name }) => name === dataset.examples)?.retainMs ?? null, neededSince: options.logNeededSince ?? (() => null),
  });
  const stopFlushing = log === null || service.log === null ? () => Promise.resolve() : every(service.log.flushMs, async () => {
    await outcomes.joinRest();
    await retention.dropOld();
  }, onTrouble, "flushing");
  const stopLooking = every(options.lookMs ?? 10_000, () => loadedFiles.look(), onTrouble, "looking at the files of loaded versions");
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    log?.end();
    const drained = running.drain(options.drainMs ?? longestDrainMs);
    // Clients that keep a connection look for another server now; those that connected and said nothing yet may still ask, and are told that this one ends.
    app.server.closeIdleConnections();
    await drained;
    await Promise.all([app.close(), connections.end(options.lingerMs ?? longestLingerMs)]);
    await stopLooking();
    await stopFlushing();
    await outcomes.joinRest();
    for (const step of [...undo].reverse()) await step();
  };
  return {
    metrics,
    health: () => running.health(),
    listen: async ({ host = "127.0.0.1", port }) => {
      const told = await app.listen({ host, port }).catch((error: unknown) => { throw listenError(error, host, port); });
      const name = isIP(host) === 0 ? host : new URL(told).hostname;
      return `${options.access.tls === null ? "http" : "https"}://${name}:${(app.server.address() as AddressInfo).port}`;
    },
    load: async (version) => { await versions.load(version); },
    unload: (version) => versions.unload(version),
    matured: (query) => log?.matured(query) ?? Promise.resolve(new Map()),
    loaded: () => versions.list().map(({ version }) => version),
    close: () => (closing ??= close()),
  };
}

function openConnections(most: number, metrics: Metrics, onTrouble: (error: unknown, doing: string) => void): Connections {
  metrics.connectionsMost.set(most);
  return new Connections(most, {
    onQuietClosed: () => { metrics.connectionsLost.inc({ what: "quiet" }); },
    onRefused: () => {
      metrics.connectionsLost.inc({ what: "refused" });
      onTrouble(new MlspecError("connections-full", `All ${most.toLocaleString("en-US")} connections that there is room for are taken: a newcomer was refused.`, {
        hint: "Raise the limit on open files (`ulimit -n`) before `mlspec serve`, or let clients share connections.",
      }), "accepting connections");
    },
  });
}

function closedDoors({ service, predictions, tls }: Access): readonly string[] {
  const closed = ([["service's", service], ["predictions'", predictions]] as const).map(([whose, tokens]) => [whose, tokens?.problem() ?? null] as const);
  const expired = tls?.problem() ?? null;
  return [...closed.flatMap(([whose, problem]) => (problem === null ? [] : [`nobody gets in by the ${whose} token: ${problem}`])), ...(expired === null ? [] : [expired])];
}

function declarations(spec: CompiledSpec, name: string) {
  const service = spec.services.find((each) => each.name === name);
  if (service === undefined) {
    throw new MlspecError("service-unknown", `The spec declares no service ${name}.`, { hint: `It declares: ${spec.services.map((each) => each.name).join(", ") || "none"}.` });
  }
  const model = spec.models.find((each) => each.name === service.model);
  const dataset = spec.datasets.find((each) => each.name === model?.dataset);
  if (model === undefined || dataset === undefined) throw new MlspecError("model-unknown", `The service ${name} serves ${service.model}, which the spec does not declare whole.`);
  return { service, model, dataset };
}

/** Whether a unit field is known by its pseudonym. What nobody can say of a field (its column is in no spec any more) is taken for yes. */
function unitHiding(spec: CompiledSpec, dataset: Dataset, { router }: ServerOptions, hiding: Hiding | null): (field: string) => boolean {
  const declared = new Set([...(spec.sources.find(({ name }) => name === dataset.examples)?.columns ?? []).map(({ name }) => name), ...dataset.columns.flatMap(({ from }) => (from.kind === "example" ? [from.field] : []))]);
  return (field) => {
    const said = router.unit() === field ? (router.isUnitPersonal?.() ?? null) : null;
    return said === true || hiding?.personal.has(field) === true || (said === null && hiding !== null && !declared.has(field));
  };
}

/** A candidate that fails every request fails them for one reason: what goes on is counted, not repeated. */
function toldRarely(onTrouble: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
  const repeats = createRepeats();
  return (error, doing) => {
    const times = repeats.count(`${doing}: ${error instanceof MlspecError ? error.code : messageOf(error)}`);
    if (times !== null) onTrouble(error, `${doing}${timesSoFar(times)}`);
  };
}

/** Runs `work` every `ms`, never twice at once. The returned function stops it and waits for the last one. */
function every(ms: number, work: () => Promise<void>, onTrouble: (error: unknown, doing: string) => void, doing: string): () => Promise<void> {
  let last = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    last = work().catch((error: unknown) => { onTrouble(error, doing); }).finally(() => { busy = false; });
  }, Math.min(Math.max(10, ms), longestTimerMs));
  return async () => {
    clearInterval(timer);
    await last;
  };
}

function listenError(error: unknown, host: string, port: number): MlspecError {
  const code = codeOf(error);
  if (code === "EADDRINUSE") {
    return new MlspecError("port-in-use", `Port ${port} on ${host} is in use by another program.`, { cause: error, hint: `Choose another with --port (0 takes a free one), or stop that program.` });
  }
  if (code === "EACCES") {
    return new MlspecError("port-not-allowed", `This user may not listen on port ${port}.`, { cause: error, hint: "Choose a port from 1024 on." });
  }
  return new MlspecError("cannot-listen", `Cannot listen on ${host}:${port}: ${messageOf(error)}.`, { cause: error });
}
