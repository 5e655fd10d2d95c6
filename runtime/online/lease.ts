/**
 * Who serves: one process per service and state folder. The lease is a record in the service's online store, exchanged in
 * one transaction, so that of two processes that find a dead holder only one takes over. A holder is known by its
 * process id and start: after a crash or a reboot another process may have its id.
 */
import { existsSync, readFileSync } from "node:fs";
import { MlspecError } from "../errors.ts";
import { OnlineStore, processIsAlive } from "./store.ts";

export interface Holder extends Record<string, unknown> {
  readonly pid: number;
  /** Identifies the start of the process; null where the system does not say. */
  readonly started: string | null;
  readonly token: string;
  readonly address: string | null;
}

export interface Lease {
  /** Records where the holder listens, for the message that a second one gets. */
  announce(address: string): void;
  release(): void;
}

/** @throws MlspecError 'already-serving' while another live process, or another server of this one, holds it. */
export function takeLease(store: OnlineStore, name: string, token: string): Lease {
  const key = `lease:${name}`;
  const mine: Holder = { pid: process.pid, started: startOf(process.pid), token, address: null };
  store.exchange<Holder>(key, (present) => {
    if (present !== undefined && isHeld(present)) throw alreadyServing(name, present);
    return mine;
  });
  const ours = (change: (present: Holder) => Holder | undefined): void => {
    store.exchange<Holder>(key, (present) => (present?.token === token ? change(present) : present));
  };
  return { announce: (address) => ours((present) => ({ ...present, address })), release: () => ours(() => undefined) };
}

/** The live process that serves from this online store's folder, or null. For display: it may end at any moment. */
export function servingProcess(folder: string): { readonly pid: number; readonly address: string | null } | null {
  if (!existsSync(folder)) return null;
  const store = OnlineStore.open(folder);
  try {
    const holder = store.records<Holder>("lease:").find(isHeld);
    return holder === undefined ? null : { pid: holder.pid, address: holder.address };
  } finally {
    void store.close();
  }
}

function isHeld(holder: Holder): boolean {
  return processIsAlive(holder.pid) && startOf(holder.pid) === holder.started;
}

/** Linux: boot id and the start time in clock ticks since boot (proc(5), field 22 of `stat`). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${fields[19] ?? ""}`;
  } catch {
    return null;
  }
}

function alreadyServing(service: string, holder: Holder): MlspecError {
  const where = holder.address === null ? "" : ` at ${holder.address}`;
  return new MlspecError("already-serving", `The service ${service} is already served from this state folder by process ${holder.pid}${where}.`, {
    hint: `Stop that process (kill ${holder.pid}), or serve from another state folder with --state.`,
  });
}
