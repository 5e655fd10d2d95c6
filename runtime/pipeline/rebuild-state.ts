/**
 * A new state.db from what else is in the state folder, after the old one was lost or damaged. Runs stand in their journals; what was live is only
 * hinted at (by the prediction log, by the manifests), and becomes live again by a person's word alone. Rollouts, approvals and evidence are gone.
 */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { openDatabase } from "../data/database.ts";
import { text } from "../data/sql/quote.ts";
import { MlspecError } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import { readPlainFileSync, syncFolder } from "../registry/files.ts";
import { Registry } from "../registry/registry.ts";
import { lookAtState, openStateElsewhere, type State } from "../state/state.ts";
import { refuseUnheard } from "./serving-lock.ts";
import type { StateFolder } from "./state-folder.ts";

export interface LiveHint {
  readonly service: string;
  readonly model: string;
  readonly version: string;
  /** Where that is from, in words. */
  readonly from: string;
}

export interface Rebuilt {
  /** What was set aside; null when there was nothing. */
  readonly aside: string | null;
  readonly runs: number;
  /** Journals of runs that could not be read. */
  readonly unreadableRuns: number;
  readonly versions: number;
  readonly hints: readonly LiveHint[];
  /** Services whose prediction log cannot be read and so hints at nothing. */
  readonly unreadableLogs: readonly string[];
}

/**
 * All or nothing: it is made beside the old one and renamed into its place at the end. `say` adds what a person knows, before anybody sees the new state.
 * @throws MlspecError `state-intact` when there is a state that can be read, `already-serving` while a process has the lost one open.
 */
export async function rebuildState(folder: StateFolder, now: number, say: (state: State) => Promise<void>): Promise<Rebuilt> {
  refuseIntact(folder);
  refuseUnheard(folder);
  removeLeftOver(folder);
  const making = mkdtempSync(join(folder.root, beginning));
  try {
    const made = await makeState(making, folder, say);
    const aside = setAside(folder, now);
    renameSync(join(making, basename(folder.database)), folder.database);
    await syncFolder(folder.root);
    return { aside, ...made };
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

const beginning = "state-rebuild-";

/** Of a rebuilding that was killed. */
function removeLeftOver({ root }: StateFolder): void {
  for (const name of existsSync(root) ? readdirSync(root) : []) if (name.startsWith(beginning)) rmSync(join(root, name), { recursive: true, force: true });
}

/** Closed in the end, so that all of it is in the one file. */
async function makeState(making: string, folder: StateFolder, say: (state: State) => Promise<void>): Promise<Omit<Rebuilt, "aside">> {
  const state = openStateElsewhere(making, folder.root);
  try {
    const { runs, unreadable } = recoverRuns(state, folder);
    const versions = await new Registry(folder.registry).list();
    const found = await hintsOf(folder, versions.flatMap(({ manifest }) => manifest ?? []));
    await say(state);
    return { runs, unreadableRuns: unreadable, versions: versions.length, ...found };
  } finally {
    state.close();
  }
}

function refuseIntact({ root, database }: StateFolder): void {
  if (!existsSync(database)) return;
  try {
    const state = lookAtState(root);
    const used = state.deployments.all().length + state.runs.latest(1).length + state.rollouts.services().length;
    state.close();
    if (used === 0) return;
  } catch (error) {
    if (error instanceof MlspecError && error.code === "state-too-new") throw error;
    return;
  }
  throw new MlspecError("state-intact", `the state ${database} can be read: there is nothing to rebuild`, { where: { file: database }, hint: "To begin anew all the same, move it away first." });
}

/** The damaged file is kept: somebody may still get something out of it. */
function setAside({ database }: StateFolder, now: number): string | null {
  const suffix = `.damaged-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  for (const part of ["-wal", "-shm", ""]) if (existsSync(database + part)) renameSync(database + part, `${database}${suffix}${part}`);
  return existsSync(database + suffix) ? database + suffix : null;
}

function recoverRuns(state: State, folder: StateFolder): { readonly runs: number; readonly unreadable: number } {
  const names = existsSync(folder.runs) ? readdirSync(folder.runs).filter((name) => name.endsWith(".ndjson")).sort() : [];
  let runs = 0;
  for (const name of names) {
    const events = eventsIn(join(folder.runs, name));
    const started = events.find((event) => event.type === "run-started");
    if (started === undefined) continue;
    const finished = events.find((event) => event.type === "run-finished");
    const registered = events.find((event) => event.type === "registered");
    state.together(() => {
      const startedAt = Date.parse(started.at);
      state.runs.started({ id: started.run, spec: started.spec, model: started.model, startedAt });
      if (finished !== undefined) {
        const summary = finished.error === null ? { version: registered?.version ?? null } : { error: finished.error.message, code: finished.error.code };
        state.runs.finished(started.run, startedAt + finished.seconds * 1000, finished.outcome, summary);
      }
    });
    runs++;
  }
  return { runs, unreadable: names.length - runs };
}

/** A run that was killed may have left half a line; of what cannot be read at all there are none. */
function eventsIn(path: string): readonly RunEvent[] {
  return linesIn(path).flatMap((line) => {
    try {
      const event: unknown = JSON.parse(line);
      return typeof event === "object" && event !== null ? [event as RunEvent] : [];
    } catch {
      return [];
    }
  });
}

function linesIn(path: string): readonly string[] {
  try {
    return readPlainFileSync(path).toString("utf8").split("\n");
  } catch {
    return [];
  }
}

type Manifests = readonly { readonly version: string; readonly identity: { readonly model: string }; readonly record: { readonly parent: string | null; readonly created: string } }[];

/** Services that were served once, as their logs say. Beside their folders the log's folder holds the key of the pseudonyms. */
export function loggedServices({ root }: StateFolder): readonly string[] {
  const logs = join(root, "log");
  return existsSync(logs) ? readdirSync(logs, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name) : [];
}

async function hintsOf(folder: StateFolder, manifests: Manifests): Promise<Pick<Rebuilt, "hints" | "unreadableLogs">> {
  const hints: LiveHint[] = [];
  const unreadableLogs: string[] = [];
  for (const service of loggedServices(folder)) {
    try {
      const hint = await lastAnswered(folder, service, manifests);
      if (hint !== null) hints.push(hint);
    } catch {
      unreadableLogs.push(service);
    }
  }
  return { hints, unreadableLogs };
}

/** The version that the log has answering last outside of a rollout's candidate arm. @throws what reading the log throws. */
async function lastAnswered(folder: StateFolder, service: string, manifests: Manifests): Promise<LiveHint | null> {
  if (!readdirSync(folder.log(service)).some((name) => name.endsWith(".parquet"))) return null;
  using database = await openDatabase({ threads: 1 });
  const [row] = await database.rows(
    `SELECT version, CAST(max(time) AS VARCHAR) AS until FROM read_parquet(${text(join(folder.log(service), "*.parquet"))}, union_by_name = true)
     WHERE version IS NOT NULL AND coalesce(arm, '') NOT LIKE '%/candidate' GROUP BY version ORDER BY max(time) DESC LIMIT 1`);
  const version = row?.["version"];
  const manifest = manifests.find((each) => each.version === version);
  if (typeof version !== "string" || manifest === undefined) return null;
  return { service, model: manifest.identity.model, version, from: `the prediction log has it answering last, ${typeof row?.["until"] === "string" ? row["until"] : "at some time"} UTC` };
}
