/**
 * The loop inside `mlspec serve` that moves rollouts on: read facts, decide, record the intention, load what it needs, commit, publish
 * the new routing. Every step may be the last before a power cut; the next tick, in whatever process, continues.
 */
import { messageOf } from "../errors.ts";
import { createRepeats, type Repeats } from "../repeats.ts";
import type { RolloutRecord, Transition } from "../state/rollouts.ts";
import type { State } from "../state/state.ts";
import { decide, type Decision } from "./decide.ts";
import { factsOf } from "./facts.ts";
import type { Recorder } from "./recorder.ts";
import { readRouting, versionsOf, type PublishedRouter, type Routing } from "./router.ts";
import { automatic, commit, intend, override } from "./transition.ts";

export type ControllerStep = "intended" | "loaded" | "committed" | "published";

export type ControllerEvent =
  | { readonly kind: "transition"; readonly transition: Transition; readonly outcome: "done" | "abandoned" }
  /** `times`: how often in a row by now. Told the first, the 10th, the 100th time and so on. */
  | { readonly kind: "version-unavailable"; readonly version: string; readonly message: string; readonly times: number }
  | { readonly kind: "state-unavailable" | "state-replaced"; readonly message: string; readonly times: number };

export interface ControllerOptions {
  readonly state: State;
  readonly service: string;
  readonly router: PublishedRouter;
  readonly recorder: Recorder;
  /** Resolves when the version can answer requests; rejects when it never will (unknown, corrupt). Loading twice is harmless. */
  readonly load: (version: string) => Promise<unknown>;
  /** The version gets no more requests. */
  readonly unload: (version: string) => Promise<unknown>;
  /** Milliseconds since 1970, perhaps of compressed time. */
  readonly now: () => number;
  /** A longer time between two ticks was an outage and does not count as hold; in the time of `now`. */
  readonly longestGapMs: number;
  readonly onEvent?: (event: ControllerEvent) => void;
  /** Called after each step: where a test cuts the power. */
  readonly onStep?: (step: ControllerStep) => void;
}

export interface Controller {
  /** What is to answer and what does, as of the last round. */
  standing(): ControllerStanding;
  /** One round; at most one transition. Rounds never overlap: a second call joins the first. Never rejects. */
  tick(): Promise<Decision | null>;
  /** Ticks every `everyMs` of real time until stopped; `stop` waits for the round under way and writes what was observed. */
  start(everyMs: number): void;
  stop(): Promise<void>;
}

/** `problem`: why the live version does not answer, or why the last round failed; null when all is well. */
export interface ControllerStanding {
  readonly live: string | null;
  readonly answering: string | null;
  readonly problem: string | null;
}

/** Before why. */
export const unwritableText = "the state could not be written; no rollout moves on meanwhile, and what does harm is still rolled back";

interface Loaded {
  /** The versions that can answer now. */
  readonly ready: Set<string>;
  /** When loading one failed last, so that a broken version is not read again every round. */
  readonly failedAt: Map<string, { readonly at: number; readonly message: string }>;
  readonly repeats: Repeats;
  /** The version that the record calls live, loaded or not. */
  live: string | null;
}

export function createController(options: ControllerOptions): Controller {
  const { recorder } = options;
  const loaded: Loaded = { ready: new Set(), failedAt: new Map(), repeats: createRepeats(), live: null };
  let running: Promise<Decision | null> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let trouble: string | null = null;
  let thisRound: string | null = null;

  // A full disk or a locked database: requests go on being answered as before, and the next round tries again.
  const unavailable = (error: unknown): void => {
    const message = messageOf(error);
    thisRound = `${unwritableText}: ${message}`;
    const times = loaded.repeats.count(`state ${message}`);
    if (times !== null) options.onEvent?.({ kind: "state-unavailable", message, times });
  };
  // Nobody could stop a rollout whose state is another file than the one that commands read: it goes no further, and meets nobody.
  const endUnheard = (): null => {
    thisRound = "state.db was removed or replaced while this process had it open, so that no command reaches it: what was live goes on answering, no rollout runs, and nothing said since is known. Start `mlspec serve` again";
    const times = loaded.repeats.count("state replaced");
    if (times !== null) options.onEvent?.({ kind: "state-replaced", message: thisRound, times });
    options.router.publish({ ...options.router.routing(), rollout: null });
    return null;
  };
  /** Whether what was observed is written. */
  const flush = (): boolean => {
    const unwritten = recorder.flush();
    if (unwritten !== null) unavailable(unwritten);
    return unwritten === null;
  };
  const round = async (): Promise<Decision | null> => {
    thisRound = null;
    try {
      if (!options.state.isInPlace()) return endUnheard();
      const decision = flush() ? await moveOn(options, loaded) : stopHarm(options);
      await publish(options, loaded);
      return decision;
    } catch (error) {
      unavailable(error);
      return null;
    } finally {
      trouble = thisRound;
    }
  };
  const tick = (): Promise<Decision | null> => {
    running ??= round().finally(() => {
      running = null;
    });
    return running;
  };
  return {
    tick,
    standing() {
      const answering = options.router.routing().live;
      const failure = loaded.live === null || loaded.live === answering ? undefined : loaded.failedAt.get(loaded.live);
      return { live: loaded.live, answering, problem: failure?.message ?? trouble };
    },
    start(everyMs) {
      timer ??= setInterval(() => void tick(), everyMs);
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running;
      flush();
    },
  };
}

async function moveOn(options: ControllerOptions, loaded: Loaded): Promise<Decision | null> {
  const { state, service, now } = options;
  const active = state.rollouts.active(service);
  if (active === null) return null;
  state.rollouts.heldUntil(active.id, now(), options.longestGapMs);
  const open = state.rollouts.intention(active.id);
  if (open !== null) {
    await act(options, loaded, active, open);
    return null;
  }
  const rollout = state.rollouts.get(active.id) ?? active;
  const decision = decide(factsOf(state, rollout));
  if (decision.kind === "transition") await make(options, loaded, rollout, decision);
  return decision;
}

/**
 * What was observed cannot be written (a full disk): nothing moves on, but harm that counts it too is rolled back, in the space that is kept for that.
 * In one step: an intention, and what was intended before, would take more of it.
 */
function stopHarm({ state, service, recorder, now, onEvent }: ControllerOptions): Decision | null {
  const rollout = state.rollouts.active(service);
  if (rollout === null) return null;
  const decision = recorder.foreseeing(() => decide(factsOf(state, rollout)));
  if (decision.kind !== "transition" || decision.transition.kind !== "roll-back") return decision;
  const done = state.durably(() => {
    const current = state.rollouts.get(rollout.id);
    if (current === null || current.endedAt !== null || current.revision !== rollout.revision) return null;
    override(state, current, { ...decision.transition, evidence: decision.evidence, by: automatic }, now());
    return state.rollouts.transitions(rollout.id).at(-1) ?? null;
  });
  if (done !== null) onEvent?.({ kind: "transition", transition: done, outcome: "done" });
  return decision;
}

async function make(options: ControllerOptions, loaded: Loaded, rollout: RolloutRecord, decision: Extract<Decision, { kind: "transition" }>): Promise<void> {
  const intention = intend(options.state, rollout, { ...decision.transition, evidence: decision.evidence, by: automatic }, options.now());
  if (intention === null) return;
  options.onStep?.("intended");
  await act(options, loaded, rollout, intention);
}

/** Does what an intention needs, then commits it; a candidate that cannot be loaded is rolled back instead. */
async function act(options: ControllerOptions, loaded: Loaded, rollout: RolloutRecord, intention: Transition): Promise<void> {
  if (intention.kind === "begin-stage" || intention.kind === "complete") {
    const problem = await ensureLoaded(options, loaded, rollout.candidate);
    if (problem !== null) {
      rollBackUnloadable(options, rollout, intention, problem);
      return;
    }
  }
  options.onStep?.("loaded");
  const outcome = commit(options.state, intention, options.now());
  options.onStep?.("committed");
  options.onEvent?.({ kind: "transition", transition: intention, outcome });
}

function rollBackUnloadable(options: ControllerOptions, rollout: RolloutRecord, intention: Transition | null, problem: string): void {
  const { state, now } = options;
  if (intention !== null) state.rollouts.finish(intention.id, "abandoned", now());
  const reason = `${rollout.candidate} cannot be loaded: ${problem}`;
  const back = intend(state, rollout, { kind: "roll-back", stage: rollout.stage, reason, evidence: null, by: automatic }, now());
  if (back !== null) options.onEvent?.({ kind: "transition", transition: back, outcome: commit(state, back, now()) });
}

/** Shows the recorded truth to the router once every version in it can answer; until then the snapshot before stays. */
async function publish(options: ControllerOptions, loaded: Loaded): Promise<void> {
  const routing = await loadable(options, loaded, readRouting(options.state, options.service));
  if (routing === null) return;
  options.router.publish(routing);
  options.onStep?.("published");
  const inUse = new Set(versionsOf(routing));
  for (const version of [...loaded.ready].filter((each) => !inUse.has(each))) {
    loaded.ready.delete(version);
    await options.unload(version);
  }
}

async function loadable(options: ControllerOptions, loaded: Loaded, routing: Routing): Promise<Routing | null> {
  loaded.live = routing.live;
  if (routing.live !== null && (await ensureLoaded(options, loaded, routing.live)) !== null) return null;
  if (routing.rollout === null) return routing;
  const problem = await ensureLoaded(options, loaded, routing.rollout.candidate);
  if (problem === null) return routing;
  const rollout = options.state.rollouts.get(routing.rollout.id);
  if (rollout !== null) rollBackUnloadable(options, rollout, options.state.rollouts.intention(rollout.id), problem);
  return readRouting(options.state, options.service);
}

/** Null when the version can answer, else why it cannot. */
async function ensureLoaded({ load, onEvent, now, longestGapMs }: ControllerOptions, loaded: Loaded, version: string): Promise<string | null> {
  if (loaded.ready.has(version)) return null;
  const failure = loaded.failedAt.get(version);
  if (failure !== undefined && now() - failure.at < longestGapMs) return failure.message;
  try {
    await load(version);
    loaded.ready.add(version);
    loaded.failedAt.delete(version);
    loaded.repeats.over(`version ${version}`);
    return null;
  } catch (error) {
    const message = messageOf(error);
    loaded.failedAt.set(version, { at: now(), message });
    const times = loaded.repeats.count(`version ${version}`);
    if (times !== null) onEvent?.({ kind: "version-unavailable", version, message, times });
    return message;
  }
}
