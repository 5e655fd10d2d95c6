/** Which version of its model answers for each service: the one truth about what is live. */
import type { Database, Row } from "./database.ts";

export interface Deployment {
  readonly service: string;
  /** Null: no version is live, the fallback answers. */
  readonly live: string | null;
  /** What a rollback returns to. */
  readonly previous: string | null;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

export interface Deployments {
  /** Null when the service has never been deployed. */
  of(service: string): Deployment | null;
  all(): readonly Deployment[];
  /** Makes `version` live and remembers the one before it. */
  setLive(service: string, version: string | null, at: number): void;
}

export function deployments(database: Database): Deployments {
  return {
    of(service) {
      const row = database.get("SELECT * FROM deployments WHERE service = ?", service);
      return row === null ? null : read(row);
    },
    all: () => database.all("SELECT * FROM deployments ORDER BY service").map(read),
    setLive(service, version, at) {
      database.run(
        `INSERT INTO deployments (service, live, previous, changed_at) VALUES (?, ?, NULL, ?)
         ON CONFLICT (service) DO UPDATE SET previous = live, live = excluded.live, changed_at = excluded.changed_at
         WHERE live IS NOT excluded.live`,
        service, version, at,
      );
    },
  };
}

function read(row: Row): Deployment {
  return {
    service: row["service"] as string,
    live: row["live"] as string | null,
    previous: row["previous"] as string | null,
    changedAt: row["changed_at"] as number,
  };
}
