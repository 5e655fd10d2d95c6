/** Which version is the newest: the one that the last successful run gave, also when that run found it registered already. */
import type { Registry } from "../registry/registry.ts";
import type { State } from "../state/state.ts";

const RUNS_LOOKED_AT = 1000;

/** Sound versions of the model, newest first. */
export async function versionsByAge(state: State, registry: Registry, model: string): Promise<readonly string[]> {
  const sound = (await registry.list(model)).filter(({ problem }) => problem === null).map(({ version }) => version);
  const ran = state.runs.latest(RUNS_LOOKED_AT).flatMap((run) => (run.model === model && run.outcome === "done" && typeof run.summary["version"] === "string" ? [run.summary["version"]] : []));
  return [...new Set([...ran.filter((version) => sound.includes(version)), ...sound])];
}
