/** Everything that processes share through the state folder, in the domain's terms. */
import { counters, type Counters } from "./counters.ts";
import { openDatabase } from "./database.ts";
import { deployments, type Deployments } from "./deployments.ts";
import { rollouts, type Rollouts } from "./rollouts.ts";
import { runs, type Runs } from "./runs.ts";

export interface State {
  readonly deployments: Deployments;
  readonly rollouts: Rollouts;
  readonly counters: Counters;
  readonly runs: Runs;
  /** All or nothing; on disk before it returns, so that what was answered to a person survives a power cut. */
  durably<T>(work: () => T): T;
  /** All or nothing; may be lost in a power cut, never torn. */
  together<T>(work: () => T): T;
  /** Everything read inside is of one moment. Nothing may be written. */
  snapshot<T>(work: () => T): T;
  close(): void;
}

/** Opens (and makes, and migrates) `state.db` in the folder. Safe beside other processes. */
export function openState(folder: string): State {
  const database = openDatabase(folder);
  return {
    deployments: deployments(database),
    rollouts: rollouts(database),
    counters: counters(database),
    runs: runs(database),
    durably: (work) => database.transaction(work, "durable"),
    together: (work) => database.transaction(work, "relaxed"),
    snapshot: (work) => database.transaction(work, "read"),
    close: () => database.close(),
  };
}
