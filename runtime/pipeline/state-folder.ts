/** Where everything that MLSpec keeps for a spec lives; see docs/plan.md for the layout. */
import { dirname, join, resolve } from "node:path";
import { servingLock } from "../state/place.ts";

export interface StateFolder {
  readonly root: string;
  readonly database: string;
  readonly registry: string;
  readonly datasets: string;
  readonly training: string;
  readonly runs: string;
  /** The services' own token, for outcomes. */
  readonly token: string;
  /** Compiled specs that services were last served with. */
  readonly specs: string;
  readonly online: (service: string) => string;
  readonly log: (service: string) => string;
  /** Names the process that serves, also when state.db is lost. */
  readonly serving: (service: string) => string;
  /** What rollouts observed and have not counted yet. */
  readonly evidence: (service: string) => string;
}

/** `.mlspec/` beside the spec, unless a folder is named (`--state`, `MLSPEC_STATE`). */
export function stateFolder(specPath: string, named: string | undefined): StateFolder {
  const root = resolve(named ?? join(dirname(specPath), ".mlspec"));
  return {
    root,
    database: join(root, "state.db"),
    registry: join(root, "registry"),
    datasets: join(root, "datasets"),
    training: join(root, "training"),
    runs: join(root, "runs"),
    token: join(root, "token"),
    specs: join(root, "specs"),
    online: (service) => join(root, "online", service),
    log: (service) => join(root, "log", service),
    serving: (service) => servingLock(root, service),
    evidence: (service) => join(root, "evidence", service),
  };
}
