/**
 * A service over a state that cannot be written (a read-only disk, a backup, another user's folder): what is live answers, from what it was when the
 * process began. Nothing is logged, no outcome is kept, and no rollout moves.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { OnlineStore } from "../online/store.ts";
import { lookAtStateOf } from "../pipeline/open-state.ts";
import { Registry } from "../registry/registry.ts";
import { fixedRouter, noObserver } from "../serving/routing.ts";
import { createServer, type Server } from "../serving/server.ts";
import { keepFeatures } from "./features.ts";
import { versionsByAge } from "./newest-version.ts";
import { accessOf, listen, monotonic, sayTo, troubleTo, type Assembled, type ServiceOptions, type Undo } from "./options.ts";

interface Wanted {
  /** The version that is to answer; null: the fallback. */
  readonly live: string | null;
  /** Versions to take while nothing was ever live, newest first. */
  readonly newest: readonly string[];
  readonly rollout: string | null;
}

export async function assembleReadOnly(options: ServiceOptions, undo: Undo): Promise<Assembled> {
  const { service, folder, emit } = options;
  const onMessage = sayTo(emit);
  const scratch = mkdtempSync(join(tmpdir(), "mlspec-serve-"));
  undo.push(() => rmSync(scratch, { recursive: true, force: true }));
  const access = accessOf(options, existsSync(folder.token) ? folder.token : join(scratch, "token"));
  const registry = new Registry(folder.registry);
  const wanted = await whatIsLive(options, registry);
  const notices = [...options.notices, `the state folder ${folder.root} cannot be written: nothing is logged, no outcome is kept, and what is live is as of the start`];
  if (wanted.rollout !== null) notices.push(`rollout ${wanted.rollout} does not move here, and nobody meets its candidate`);

  const online = OnlineStore.open(join(scratch, "online"));
  undo.push(() => online.close());
  const spec = withoutLog(options.spec, service);
  const standing = { live: wanted.live, answering: null as string | null, problem: null as string | null };
  const server = await createServer({
    spec, service, registry, online, router: { unit: () => null, route: (unit, request) => fixedRouter(standing.answering).route(unit, request) }, observer: noObserver, versions: [],
    logFolder: join(scratch, "log"), access, clock: { now: Date.now, monotonic }, newId: randomUUID, serverVersion: options.serverVersion, onTrouble: troubleTo(onMessage),
    strict: options.strict, notices, keepsOutcomes: false, standing: () => standing,
  });
  undo.push(() => server.close());
  undo.push(await keepFeatures({ spec, service, online, dataFolder: options.dataFolder, now: Date.now, onMessage }));
  Object.assign(standing, await load(server, wanted));
  if (options.strict && standing.problem !== null) throw new MlspecError("live-version-unavailable", `What is live for ${service} cannot be loaded: ${standing.problem}`);
  return { url: await listen(options, server, access), server };
}

async function whatIsLive({ spec, service, folder }: ServiceOptions, registry: Registry): Promise<Wanted> {
  const state = lookAtStateOf(folder);
  if (state === null) throw new MlspecError("state-unreadable", `There is no state in ${folder.root}, and none can be made there.`, { where: { file: folder.root }, hint: "Name a folder that this user may write with --state, or serve where `mlspec run` ran." });
  try {
    const deployment = state.deployments.of(service);
    const rollout = state.rollouts.active(service)?.id ?? null;
    const model = spec.services.find(({ name }) => name === service)?.model;
    const open = deployment === null && !spec.rollouts.some((each) => each.service === service) && model !== undefined;
    return { live: deployment?.live ?? null, newest: open ? await versionsByAge(state, registry, model) : [], rollout };
  } finally {
    state.close();
  }
}

/** Loads what is live, or the newest version that can be; tells what answers, and why that is not what should. */
async function load(server: Server, { live, newest }: Wanted): Promise<{ live: string | null; answering: string | null; problem: string | null }> {
  let problem: string | null = null;
  for (const version of live === null ? newest : [live]) {
    try {
      await server.load(version);
      return { live: version, answering: version, problem: null };
    } catch (error) {
      if (!(error instanceof MlspecError)) throw error;
      problem ??= error.message;
    }
  }
  return { live, answering: null, problem };
}

const withoutLog = (spec: CompiledSpec, service: string): CompiledSpec => ({ ...spec, services: spec.services.map((each) => (each.name === service ? { ...each, log: null } : each)) });
