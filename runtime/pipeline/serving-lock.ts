/**
 * Who serves, and from which state.db, told beside it: when that file is removed or replaced, its leases are gone with it, while the process that has
 * it open still answers, still writes into the log and the online store, and hears nothing that is said to the new one.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { MlspecError } from "../errors.ts";
import { processText, stopText } from "../processes.ts";
import { codeOf } from "../registry/files.ts";
import { alreadyServing } from "../state/leases.ts";
import { fileAt } from "../state/place.ts";
import { withReserve } from "../state/reserve.ts";
import type { State } from "../state/state.ts";
import { lockHolder, takeLockFile, type Holder, type Lock } from "./lock.ts";
import type { StateFolder } from "./state-folder.ts";

/**
 * Once the state is open, and before the lease in it is taken. On a full disk it takes of the space that is kept for that: a restart must be possible.
 * @throws MlspecError `already-serving`
 */
export function lockServing(folder: StateFolder, service: string, { leases }: Pick<State, "leases">): Lock {
  const place = fileAt(folder.database) ?? "";
  const refusal = (by: Holder): MlspecError => (by.note === place ? alreadyServing(service, leases.holder(service) ?? by) : servedStill(service, by));
  const take = (): Lock => takeLockFile(folder.serving(service), refusal, place);
  return withReserve(folder.root, take, (error) => codeOf(error) === "ENOSPC");
}

/** The process that serves from this folder with a state.db that is no longer the one that is there; null when there is none. */
export function unheardProcess(folder: StateFolder, service: string): Holder | null {
  const by = lockHolder(folder.serving(service));
  return by === null || by.note === fileAt(folder.database) ? null : by;
}

/** Served from this folder by a live process, whichever state it has open. */
export const servedServices = (folder: StateFolder): readonly string[] => lockedServices(folder).filter((service) => lockHolder(folder.serving(service)) !== null);

/** Before something is said to the state that is there, or another one is put in its place. @throws MlspecError `already-serving` */
export function refuseUnheard(folder: StateFolder): void {
  for (const service of lockedServices(folder)) {
    const by = unheardProcess(folder, service);
    if (by !== null) throw servedStill(service, by);
  }
}

/** What whoever looks is told. */
export const unheardText = (service: string, by: Holder): string =>
  `${processText(by)} still serves ${service}, with a state that has been removed or replaced since it began: what it answers with is not known here`;

function lockedServices(folder: StateFolder): readonly string[] {
  const locks = dirname(folder.serving(""));
  return existsSync(locks) ? readdirSync(locks).filter((name) => name.endsWith(".lock")).map((name) => basename(name, ".lock")) : [];
}

const servedStill = (service: string, by: Holder): MlspecError =>
  new MlspecError("already-serving", `P${processText(by).slice(1)} still serves ${service} from this folder, with a state that has been removed or replaced since it began.`, {
    hint: `It hears nothing that is said to the state that is there now. Stop it first (${stopText(by)}).`,
  });
