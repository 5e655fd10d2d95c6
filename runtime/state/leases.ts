/**
 * Who serves: one process per service and state folder. The lease is a record, exchanged in one transaction, so that of two processes that find
 * a dead holder only one takes over. A holder is known by its process id and start: after a crash or a reboot another process may have its id. Of a
 * process of another container its lock speaks (held.ts), which whoever takes the lease has taken before.
 */
import { MlspecError } from "../errors.ts";
import { isAlive, isElsewhere, processText, stopText, thisProcess, type ProcessId } from "../processes.ts";
import type { Database } from "./database.ts";
import { isFileHeld } from "./held.ts";

/** What the process answers with, as it says itself. */
export interface Answering {
  /** Null: the fallback. */
  readonly version: string | null;
  /** What is not as it should be, in words. */
  readonly problems: readonly string[];
}

export interface Holder extends ProcessId {
  readonly token: string;
  readonly address: string | null;
  readonly answering: Answering | null;
}

export interface Lease {
  /** Records where the holder listens, for the message that a second one gets. */
  announce(address: string): void;
  /** Records what it answers with, for whoever looks. */
  tell(answering: Answering): void;
  release(): void;
}

export interface Leases {
  /** @throws MlspecError 'already-serving' while another live process, or another server of this one, holds it. */
  take(service: string, token: string): Lease;
  /** The live process that serves, or null. For display: it may end at any moment. */
  holder(service: string): Holder | null;
}

/** `lockOf`: the file that a service's process keeps locked. */
export function leases(database: Database, lockOf: (service: string) => string): Leases {
  const read = (service: string): Holder | null => {
    const row = database.get("SELECT holder FROM leases WHERE service = ?", service);
    return row === null ? null : (JSON.parse(row["holder"] as string) as Holder);
  };
  const write = (service: string, holder: Holder): void => {
    database.run("INSERT INTO leases (service, holder) VALUES (?, ?) ON CONFLICT (service) DO UPDATE SET holder = excluded.holder", service, JSON.stringify(holder));
  };
  return {
    take(service, token) {
      const mine: Holder = { ...thisProcess(), token, address: null, answering: null };
      database.transaction(() => {
        const present = read(service);
        if (present !== null && !isElsewhere(present) && isAlive(present)) throw alreadyServing(service, present);
        write(service, mine);
      });
      const ours = (change: (present: Holder) => Holder | null): void => {
        database.transaction(() => {
          const present = read(service);
          if (present?.token !== token) return;
          const next = change(present);
          if (next === null) database.run("DELETE FROM leases WHERE service = ?", service);
          else write(service, next);
        });
      };
      return {
        announce: (address) => ours((present) => ({ ...present, address })),
        tell: (answering) => ours((present) => ({ ...present, answering })),
        release: () => ours(() => null),
      };
    },
    holder(service) {
      const present = read(service);
      return present !== null && (isElsewhere(present) ? isFileHeld(lockOf(service)) : isAlive(present)) ? present : null;
    },
  };
}

export function alreadyServing(service: string, holder: ProcessId & { readonly address?: string | null }): MlspecError {
  const where = holder.address ? ` at ${holder.address}` : "";
  return new MlspecError("already-serving", `The service ${service} is already served from this state folder by ${processText(holder)}${where}.`, {
    hint: `Stop that process (${stopText(holder)}), or serve from another state folder with --state.`,
  });
}
