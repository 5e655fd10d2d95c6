/** Whether a version can answer, found out as `mlspec serve` would: verified, opened, and asked once. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import { createMetrics } from "./metrics.ts";
import { Turns } from "./turns.ts";
import { Versions } from "./versions.ts";

/** Of a run: nobody waits for it. */
const longestMs = 60_000;

export interface CheckOptions {
  readonly registry: Registry;
  readonly model: string;
  /** The spec that it would be served with; null when there is none: then only the version itself is checked. */
  readonly spec: CompiledSpec | null;
}

/** @throws MlspecError 'artifact-corrupt', 'artifact-missing', 'version-unknown', 'model-unreadable', 'model-failed', 'contract-mismatch'. */
export async function checkVersion({ registry, model, spec }: CheckOptions, version: string): Promise<void> {
  const versions = new Versions({
    registry, model, spec, fallbackInputs: [], units: [], hiding: null, batch: { size: 1, waitMs: 0 }, mostWaiting: 1, metrics: createMetrics("check", model),
    monotonic: () => performance.now(), turns: new Turns(() => performance.now()), timeoutMs: longestMs, onLoaded: () => undefined,
  });
  try {
    const { contract } = await versions.load(version);
    const missing = contract.lookups.find(({ view }) => spec !== null && !spec.features.some((each) => each.name === view && each.online));
    if (missing !== undefined) {
      throw new MlspecError("contract-mismatch", `${model} ${version} reads ${missing.view}, which the spec does not keep online: nobody would compute its features.`, {
        hint: "Declare these features again, or choose a version that does not read them.",
      });
    }
  } finally {
    await versions.unloadAll();
  }
}

/** The same as an answer: null, or why it cannot. */
export async function problemOfVersion(options: CheckOptions, version: string): Promise<string | null> {
  try {
    await checkVersion(options, version);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
