/** Everything that processes share through the state folder, in the domain's terms. */
import { clocks, type Clocks } from "./clocks.ts";
import { counters, type Counters } from "./counters.ts";
import { lookAtDatabase, openDatabase, type Database } from "./database.ts";
import { deployments, type Deployments } from "./deployments.ts";
import { leases, type Leases } from "./leases.ts";
import { heldFile, servingLock } from "./place.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import { rollouts, type Rollouts } from "./rollouts.ts";
import { runs, type Runs } from "./runs.ts";
import { servedSpecs, type ServedSpecs } from "./served-specs.ts";
import { MlspecError } from "../errors.ts";

export interface State {
  readonly deployments: Deployments;
  readonly rollouts: Rollouts;
  readonly counters: Counters;
  readonly runs: Runs;
  readonly leases: Leases;
  readonly servedSpecs: ServedSpecs;
  readonly clocks: Clocks;
  /**
   * All or nothing; on disk before it returns, so that what was answered to a person survives a power cut. On a full disk it takes of
   * the space that is kept for it.
   */
  durably<T>(work: () => T): T;
  /** All or nothing; may be lost in a power cut, never torn. */
  together<T>(work: () => T): T;
  /** What `work` writes is seen by what it reads, and is undone at its end: for looking ahead where nothing can be written. */
  tentatively<T>(work: () => T): T;
  /** Everything read inside is of one moment. Nothing may be written. */
  snapshot<T>(work: () => T): T;
  /** False when the file was removed or replaced since it was opened: whoever says something to it now is not heard here. */
  isInPlace(): boolean;
  close(): void;
}

/** Opens (and makes, and migrates) `state.db` in the folder. Safe beside other processes. */
export function openState(folder: string): State {
  const database = openDatabase(folder);
  keepReserve(folder);
  return stateOf(database, folder);
}

/** The same for what must be possible on a full disk: a person's word to a rollout. */
export function openStateOnFullDisk(folder: string): State {
  return withReserve(folder, () => openState(folder), isFull);
}

/** A new state in a folder of its own, to be renamed into the place of one that is lost; on a full disk with the reserve of the lost one. */
export function openStateElsewhere(folder: string, reserve: string): State {
  return stateOf(withReserve(reserve, () => openDatabase(folder), isFull), reserve);
}

/** For looking: changes nothing, not even where nothing can be changed (a read-only disk, another user's folder). There must be a state. */
export function lookAtState(folder: string): State {
  return stateOf(lookAtDatabase(folder), folder);
}

function stateOf(database: Database, folder: string): State {
  return {
    deployments: deployments(database),
    rollouts: rollouts(database),
    counters: counters(database),
    runs: runs(database),
    leases: leases(database, (service) => heldFile(servingLock(folder, service))),
    servedSpecs: servedSpecs(database),
    clocks: clocks(database),
    durably: (work) => withReserve(folder, () => database.transaction(work, "durable"), isFull),
    together: (work) => database.transaction(work, "relaxed"),
    tentatively: (work) => database.transaction(work, "never"),
    snapshot: (work) => database.transaction(work, "read"),
    isInPlace: () => database.isInPlace(),
    close: () => database.close(),
  };
}

const isFull = (error: unknown): boolean => error instanceof MlspecError && error.code === "disk-full";
