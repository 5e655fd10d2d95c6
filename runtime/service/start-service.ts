/** `mlspec serve`: the server, the online features and the rollout's controller as one process over a state folder. */
import { isWritable } from "../pipeline/open-state.ts";
import { assemble } from "./assemble.ts";
import { assembleReadOnly } from "./read-only.ts";
import type { ServiceOptions, Undo } from "./options.ts";

export type { ServiceOptions } from "./options.ts";

export interface RunningService {
  readonly url: string;
  /** Answers what is under way, writes what was observed, ends. */
  stop(): Promise<void>;
}

/**
 * Rejects with `already-serving`, `port-in-use`, `token-needed`, `state-missing`, `live-version-unavailable` (strict), or what reading the features
 * throws; nothing is left running then.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const undo: Undo = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { url, server } = await (isWritable(options.folder) ? assemble(options, undo) : assembleReadOnly(options, undo));
    const end = async (): Promise<void> => {
      await stop();
      const { values } = await server.metrics.requests.get();
      options.emit({ type: "stopped", requests: values.reduce((sum, { value }) => sum + value, 0) });
    };
    return { url, stop: end };
  } catch (error) {
    await stop();
    throw error;
  }
}
