/** Which compiled spec each service was last served with; the spec itself is a blob (`runtime/service/good-spec.ts`). */
import type { Database } from "./database.ts";

export interface ServedSpec {
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface ServedSpecs {
  of(service: string): ServedSpec | null;
  /** By service. */
  all(): ReadonlyMap<string, ServedSpec>;
  set(service: string, spec: ServedSpec): void;
}

export function servedSpecs(database: Database): ServedSpecs {
  const all = (): ReadonlyMap<string, ServedSpec> =>
    new Map(database.all("SELECT service, sha256, at FROM served_specs ORDER BY service").map((row) => [row["service"] as string, { sha256: row["sha256"] as string, at: row["at"] as number }]));
  return {
    of: (service) => all().get(service) ?? null,
    all,
    set(service, { sha256, at }) {
      database.run("INSERT INTO served_specs (service, sha256, at) VALUES (?, ?, ?) ON CONFLICT (service) DO UPDATE SET sha256 = excluded.sha256, at = excluded.at", service, sha256, at);
    },
  };
}
