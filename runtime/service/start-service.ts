/** `mlspec serve`: the server, the online features and the rollout's controller as one process over a state folder. */
import { randomUUID } from "node:crypto";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { messageOf } from "../errors.ts";
import { OnlineStore } from "../online/store.ts";
import { createRepeats, timesSoFar } from "../repeats.ts";
import type { StateFolder } from "../pipeline/state-folder.ts";
import { Registry } from "../registry/registry.ts";
import { compressedTime } from "../rollout/clock.ts";
import { createController, type ControllerEvent } from "../rollout/controller.ts";
import { createRecorder, type Recorder } from "../rollout/recorder.ts";
import { createRouter, readRouting, type PublishedRouter } from "../rollout/router.ts";
import { openAccess, type AccessOptions } from "../serving/access/access.ts";
import { isLoopback } from "../serving/access/hosts.ts";
import { rolloutRouter } from "../serving/routing.ts";
import { createServer } from "../serving/server.ts";
import { openState, type State } from "../state/state.ts";
import type { ServeEvent } from "./events.ts";
import { deployNewest } from "./deploy-newest.ts";
import { openEvidenceJournal, recoverEvidence } from "./evidence-journal.ts";
import { keepFeatures } from "./features.ts";

export interface ServiceOptions {
  readonly spec: CompiledSpec;
  readonly service: string;
  readonly folder: StateFolder;
  readonly dataFolder: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly access: Omit<AccessOptions, "host" | "ownTokenFile">;
  /** Rollouts see time pass this many times faster. */
  readonly timeScale: number;
  readonly serverVersion: string;
  readonly emit: (event: ServeEvent) => void;
  readonly signal: AbortSignal;
}

export interface RunningService {
  readonly url: string;
  /** Answers what is under way, writes what was observed, ends. */
  stop(): Promise<void>;
}

const TICK_MS = 200;
/** A longer pause of the controller was an outage: it does not count towards a stage's hold. */
const LONGEST_GAP_MS = 30_000;

/** Rejects with `already-serving`, `port-in-use`, `token-needed`, or what reading the features throws; nothing is left running then. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { url, requests } = await assemble(options, undo);
    const end = async (): Promise<void> => {
      await stop();
      options.emit({ type: "stopped", requests: await requests() });
    };
    return { url, stop: end };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(options: ServiceOptions, undo: (() => unknown)[]): Promise<{ url: string; requests: () => Promise<number> }> {
  const { spec, service, folder, emit } = options;
  const onMessage = (level: "info" | "warning", text: string): void => emit({ type: "message", level, text });
  const onTrouble = (error: unknown, doing: string): void => onMessage("warning", `${doing}: ${messageOf(error)}`);
  const monotonic = (): number => performance.now();
  const access = openAccess({ ...options.access, host: options.host, ownTokenFile: folder.token }, monotonic, onTrouble);
  const now = compressedTime(options.timeScale, Date.now);
  const state = openState(folder.root);
  undo.push(() => state.close());
  const online = OnlineStore.open(folder.online(service));
  undo.push(() => online.close());
  const router = createRouter(service);
  const recorder = openRecorder(options, state, router, onTrouble);
  const registry = new Registry(folder.registry);
  const server = await createServer({
    spec, service, registry, online, router: rolloutRouter(router), observer: recorder, versions: [], logFolder: folder.log(service),
    access, clock: { now, monotonic }, newId: randomUUID, serverVersion: options.serverVersion, onTrouble,
  });
  undo.push(() => server.close());
  // Only now is it certain that no other process serves, and writes there. The router knows no rollout before its versions are loaded.
  const recorded = readRouting(state, service);
  await recoverEvidence(folder.evidence(service), createRecorder({ state, routing: () => recorded }));

  const stopFeatures = await keepFeatures({ spec, service, online, dataFolder: options.dataFolder, onMessage });
  undo.push(stopFeatures);
  await deployNewest({ spec, service, state, registry, now: now(), onMessage });

  const controller = createController({
    state, service, router, recorder, now, longestGapMs: LONGEST_GAP_MS * options.timeScale,
    load: (version) => server.load(version), unload: (version) => server.unload(version),
    onEvent: (event) => tell(event, state, emit),
  });
  // The live version is loaded before the port opens, so that the first request meets it.
  await controller.tick();
  controller.start(TICK_MS);
  undo.push(() => controller.stop());

  const url = await server.listen({ host: options.host, port: options.port });
  const live = state.deployments.of(service)?.live ?? null;
  // A live version that could not be loaded was told; until it can be, the fallback answers.
  emit({ type: "listening", url, service, live: live !== null && server.loaded().includes(live) ? live : null, tokenFile: access.service.file });
  if (!isLoopback(options.host) && access.tls === null) onMessage("warning", `${url} is not encrypted: tokens and requests can be read on the way. Give --tls-cert and --tls-key, or put a proxy before it that does.`);
  const requests = async (): Promise<number> => (await server.metrics.requests.get()).values.reduce((sum, { value }) => sum + value, 0);
  return { url, requests };
}

function openRecorder({ service, folder }: ServiceOptions, state: State, router: PublishedRouter, onTrouble: (error: unknown, doing: string) => void): Recorder {
  const repeats = createRepeats();
  const journal = openEvidenceJournal(folder.evidence(service), `${String(Date.now()).padStart(15, "0")}-${process.pid}`, (problem) => {
    const times = repeats.count(problem);
    if (times !== null) onTrouble(new Error(`${problem}${timesSoFar(times)}`), "writing down what the rollout saw");
  });
  return createRecorder({ state, journal, routing: () => router.routing() });
}

function tell(event: ControllerEvent, state: State, emit: ServiceOptions["emit"]): void {
  switch (event.kind) {
    case "transition": {
      if (event.outcome !== "done") return;
      const rollout = state.rollouts.get(event.transition.rollout);
      emit({ type: "rollout-moved", rollout: rollout?.plan.name ?? event.transition.rollout, state: rollout?.state ?? event.transition.kind, stage: rollout?.plan.stages[event.transition.stage]?.name ?? null, reason: event.transition.reason });
      return;
    }
    case "version-unavailable":
      return emit({ type: "message", level: "warning", text: `version ${event.version} cannot be served${timesSoFar(event.times)}: ${event.message}` });
    case "state-unavailable":
      return emit({ type: "message", level: "warning", text: `the state could not be written${timesSoFar(event.times)}; what answers stays as it is: ${event.message}` });
  }
}
