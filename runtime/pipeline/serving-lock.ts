/**
 * Who serves, and from which state.db, told beside it: when that file is removed or replaced, its leases are gone with it, while the process that has
 * it open still answers, still writes into the log and the online store, and hears nothing that is said to the new one.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { MlspecError } from "../errors.ts";
import { codeOf } from "../registry/files.ts";
import { fileAt } from "../state/place.ts";
import { withReserve } from "../state/reserve.ts";
import { lockHolder, takeLockFile, type Holder, type Lock } from "./lock.ts";
import type { StateFolder } from "./state-folder.ts";

/** Once the state is open. On a full disk it takes of the space that is kept for that: a restart must be possible. @throws MlspecError `already-serving` */
export function lockServing(folder: StateFolder, service: string): Lock {
  const take = (): Lock => takeLockFile(folder.serving(service), ({ pid }) => servedStill(service, pid), fileAt(folder.database) ?? "");
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
    if (by !== null) throw servedStill(service, by.pid);
  }
}

/** What whoever looks is told. */
export const unheardText = (service: string, { pid }: Holder): string =>
  `process ${pid} still serves ${service}, with a state that has been removed or replaced since it began: what it answers with is not known here`;

function lockedServices(folder: StateFolder): readonly string[] {
  const locks = dirname(folder.serving(""));
  return existsSync(locks) ? readdirSync(locks).filter((name) => name.endsWith(".lock")).map((name) => basename(name, ".lock")) : [];
}

const servedStill = (service: string, pid: number): MlspecError =>
  new MlspecError("already-serving", `Process ${pid} still serves ${service} from this folder, with a state that has been removed or replaced since it began.`, {
    hint: `It hears nothing that is said to the state that is there now. Stop it first (kill ${pid}).`,
  });
