/** Which version of its model answers for each service: the one truth about what is live, and how it came to be so. */
import type { Database, Row } from "./database.ts";

export interface Deployment {
  readonly service: string;
  /** Null: no version is live, the fallback answers. */
  readonly live: string | null;
  /** What a rollback returns to (`wayBack`); null: there is nothing to go back to. */
  readonly previous: string | null;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** `newest`: a service without a rollout takes the newest version when it starts. `rebuild`: a person's word after the state was lost. */
export type DeploymentKind = "newest" | "rollout" | "abort" | "deploy" | "promote" | "rollback" | "rebuild";

export interface NewDeployment {
  readonly service: string;
  readonly model: string;
  readonly version: string | null;
  readonly kind: DeploymentKind;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

export interface LoggedDeployment extends NewDeployment {
  readonly before: string | null;
}

export interface Deployments {
  /** Null when the service has never been deployed. */
  of(service: string): Deployment | null;
  all(): readonly Deployment[];
  /** Makes the version live, remembers the one before it, and keeps who and why. Of what is live already nothing is recorded. */
  setLive(deployment: NewDeployment): void;
  /** Newest first. Changes that were made before histories were kept are not in it. */
  history(service: string, limit: number): readonly LoggedDeployment[];
}

export function deployments(database: Database): Deployments {
  const of = (service: string): Deployment | null => {
    const row = database.get("SELECT * FROM deployments WHERE service = ?", service);
    return row === null ? null : read(row);
  };
  const history = (service: string, limit: number): readonly LoggedDeployment[] =>
    database.all("SELECT * FROM deployment_log WHERE service = ? ORDER BY id DESC LIMIT ?", service, limit).map(readLogged);
  const read = (row: Row): Deployment => {
    const service = row["service"] as string;
    const logged = history(service, STEPS_BACK);
    // Changes that were made before histories were kept are only in the row.
    const previous = logged.length === 0 ? (row["previous"] as string | null) : wayBack(logged);
    return { service, live: row["live"] as string | null, previous, changedAt: row["changed_at"] as number };
  };
  return {
    of,
    all: () => database.all("SELECT * FROM deployments ORDER BY service").map(read),
    setLive({ service, model, version, kind, by, reason, at }) {
      database.transaction(() => {
        const before = of(service);
        if (before !== null && before.live === version) return;
        database.run(
          `INSERT INTO deployments (service, live, previous, changed_at) VALUES (?, ?, NULL, ?)
           ON CONFLICT (service) DO UPDATE SET previous = live, live = excluded.live, changed_at = excluded.changed_at`,
          service, version, at,
        );
        database.run(
          "INSERT INTO deployment_log (service, model, version, before, kind, by, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          service, model, version, before?.live ?? null, kind, by, reason, at,
        );
      });
    },
    history,
  };
}

/** How far back in the history a way back is looked for. */
const STEPS_BACK = 1_000;

/**
 * What was live before what is live now, also after several steps back: going back leads to an entry further down, and what was before it is
 * before that entry. Null: nothing was. `history`: newest first.
 */
export function wayBack([last, ...older]: readonly LoggedDeployment[]): string | null {
  if (last === undefined) return null;
  const goesBack = (kind: DeploymentKind): boolean => kind === "rollback" || kind === "abort";
  if (!goesBack(last.kind)) return last.before;
  return older.find(({ version, kind }) => version === last.version && !goesBack(kind))?.before ?? null;
}

function readLogged(row: Row): LoggedDeployment {
  return {
    service: row["service"] as string, model: row["model"] as string, version: row["version"] as string | null, before: row["before"] as string | null,
    kind: row["kind"] as DeploymentKind, by: row["by"] as string, reason: row["reason"] as string, at: row["at"] as number,
  };
}
