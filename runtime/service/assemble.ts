/** Puts the parts of a service together over a state that it may write. */
import { randomUUID } from "node:crypto";
import { MlspecError } from "../errors.ts";
import { openStateOf } from "../pipeline/open-state.ts";
import { lockServing } from "../pipeline/serving-lock.ts";
import { Registry } from "../registry/registry.ts";
import { createRepeats, timesSoFar } from "../repeats.ts";
import { createController, unwritableText, type Controller, type ControllerEvent } from "../rollout/controller.ts";
import { createRecorder, type Recorder } from "../rollout/recorder.ts";
import { createRouter, readRouting, type PublishedRouter } from "../rollout/router.ts";
import { rolloutRouter } from "../serving/routing.ts";
import { createServer, type Server } from "../serving/server.ts";
import type { Lease } from "../state/leases.ts";
import type { State } from "../state/state.ts";
import { deployNewest } from "./deploy-newest.ts";
import { openEvidenceJournal, recoverEvidence } from "./evidence-journal.ts";
import { durationText } from "../rollout/duration.ts";
import { keepFeatures } from "./features.ts";
import { keepHidden } from "./hidden.ts";
import { keepGoodSpec } from "./good-spec.ts";
import { openClock } from "./keep-clock.ts";
import { keepMatured } from "./matured-outcomes.ts";
import { openOnline } from "./open-online.ts";
import { accessOf, listen, monotonic, sayTo, troubleTo, type Assembled, type ServiceOptions, type Undo } from "./options.ts";
import { measureRollout } from "./rollout-metrics.ts";

const TICK_MS = 200;
/** How often what it answers with is compared with what was told of it. */
const TELL_MS = 500;
/** A longer pause of the controller was an outage: it does not count towards a stage's hold. */
const LONGEST_GAP_MS = 30_000;

export async function assemble(options: ServiceOptions, undo: Undo): Promise<Assembled> {
  const { spec, service, folder, emit } = options;
  const onMessage = sayTo(emit);
  const access = accessOf(options, folder.token);
  const state = openStateOf(folder);
  undo.push(() => state.close());
  const lock = lockServing(folder, service, state);
  undo.push(() => lock.release());
  const lease = state.durably(() => state.leases.take(service, randomUUID()));
  // On a full disk it stays, and is free when this process has ended.
  undo.push(() => ifPossible(() => lease.release()));
  const clock = openClock({ state, service, scale: options.timeScale, onTrouble: troubleTo(onMessage) });
  undo.push(clock.keep());
  const { now } = clock;
  if (clock.aheadMs > 0) onMessage("info", `the time of ${service} goes on from where it was, ${durationText(clock.aheadMs)} ahead of the system's clock`);
  const online = await openOnline(folder.online(service), onMessage);
  undo.push(() => online.close());
  const router = createRouter(service);
  // The lease is held: no other process serves, and writes there. The router knows no rollout before its versions are loaded.
  const recorded = readRouting(state, service);
  const notices = [...options.notices, ...(await recoverEvidence(folder.evidence(service), createRecorder({ state, routing: () => recorded })))];
  const recorder = openRecorder(options, state, router, troubleTo(onMessage));
  const registry = new Registry(folder.registry);
  const hidden = await keepHidden(state, folder, service, spec);
  const parts: { controller: Controller | null } = { controller: null };
  const server = await createServer({
    spec, service, registry, online, router: rolloutRouter(router), observer: recorder, versions: [], logFolder: folder.log(service), hidden,
    logNeededSince: () => state.rollouts.active(service)?.startedAt ?? null,
    access, clock: { now, monotonic }, newId: randomUUID, serverVersion: options.serverVersion, onTrouble: troubleTo(onMessage), strict: options.strict, notices,
    standing: () => parts.controller?.standing() ?? null, onMeasure: (metrics) => measureRollout(metrics, state, service),
  });
  undo.push(() => server.close());

  undo.push(await keepFeatures({ spec, service, online, dataFolder: options.dataFolder, now, onMessage }));
  await deployNewest({ spec, service, state, registry, load: (version) => server.load(version), now: now(), onMessage });

  const controller = createController({
    state, service, router, recorder, now, longestGapMs: LONGEST_GAP_MS * options.timeScale,
    load: (version) => server.load(version), unload: (version) => server.unload(version),
    onEvent: (event) => tell(event, state, emit),
  });
  parts.controller = controller;
  // The live version is loaded before the port opens, so that the first request meets it.
  await controller.tick();
  if (options.strict) refuseStandIn(controller, service);
  controller.start(TICK_MS);
  undo.push(() => controller.stop());
  undo.push(keepMatured({ state, service, server, now, onTrouble: troubleTo(onMessage) }));

  // What can be served now can be served again when somebody has left a mistake in the file.
  if (options.notices.length === 0) await keepGoodSpec(state, folder, service, spec, now()).catch((error: unknown) => troubleTo(onMessage)(error, "keeping the spec for a restart"));
  const url = await listen(options, server, access);
  ifPossible(() => lease.announce(url));
  undo.push(keepTelling(lease, server));
  return { url, server };
}

function openRecorder({ service, folder }: ServiceOptions, state: State, router: PublishedRouter, onTrouble: (error: unknown, doing: string) => void): Recorder {
  const repeats = createRepeats();
  const journal = openEvidenceJournal(folder.evidence(service), `${String(Date.now()).padStart(15, "0")}-${process.pid}`, (problem) => {
    const times = repeats.count(problem);
    if (times !== null) onTrouble(new Error(`${problem}${timesSoFar(times)}`), "writing down what the rollout saw");
  });
  return createRecorder({ state, journal, routing: () => router.routing() });
}

function refuseStandIn(controller: Controller, service: string): void {
  const { live, answering, problem } = controller.standing();
  if (live === answering) return;
  throw new MlspecError("live-version-unavailable", `Version ${live ?? ""} is live for ${service}, and cannot be loaded: ${problem ?? "it was not said why"}`, {
    hint: "Without --strict the fallback answers meanwhile. `mlspec rollback --to <version>` puts another version live; `mlspec run` makes damaged files again.",
  });
}

/** Records what answers whenever that changes, for `mlspec status`. */
function keepTelling(lease: Lease, server: Server): () => void {
  let told = "";
  const look = (): void => {
    const { answering, problems } = server.health();
    const text = JSON.stringify([answering, problems]);
    if (text !== told) ifPossible(() => { lease.tell({ version: answering, problems }); told = text; });
  };
  look();
  const timer = setInterval(look, TELL_MS);
  return () => clearInterval(timer);
}

/** What only informs others must not fail a service: on a full disk they read what was written before. */
function ifPossible(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof MlspecError)) throw error;
  }
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
    case "state-replaced":
      return emit({ type: "message", level: "warning", text: `${event.message}${timesSoFar(event.times)}` });
    case "state-unavailable":
      return emit({ type: "message", level: "warning", text: `${unwritableText}${timesSoFar(event.times)}: ${event.message}` });
  }
}
