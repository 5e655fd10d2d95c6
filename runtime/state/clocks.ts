/** How far each service's time has come, where that is ahead of the system's clock (`runtime/rollout/clock.ts`). */
import type { ClockRecord } from "../rollout/clock.ts";
import type { Database } from "./database.ts";

export interface Clocks {
  /** Null: the service's time is the system's. */
  of(service: string): ClockRecord | null;
  set(service: string, clock: ClockRecord): void;
}

export function clocks(database: Database): Clocks {
  return {
    of(service) {
      const row = database.get("SELECT at, wall, scale, until FROM clocks WHERE service = ?", service);
      return row === null ? null : ({ ...row } as unknown as ClockRecord);
    },
    set(service, { at, wall, scale, until }) {
      database.run("INSERT OR REPLACE INTO clocks (service, at, wall, scale, until) VALUES (?, ?, ?, ?, ?)", service, at, wall, scale, until);
    },
  };
}
