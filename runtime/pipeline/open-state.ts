/** The state of a state folder. A state that is gone while the registry is full was lost, and is not begun anew in silence. */
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MlspecError } from "../errors.ts";
import { codeOf } from "../registry/files.ts";
import { lookAtState, openState, openStateOnFullDisk, type State } from "../state/state.ts";
import { refuseUnheard } from "./serving-lock.ts";
import type { StateFolder } from "./state-folder.ts";

/** @throws MlspecError `state-missing`, `state-not-writable`, `state-unreadable`, `disk-full` … */
export function openStateOf(folder: StateFolder): State {
  refuseLost(folder);
  refuseReadOnly(folder);
  return openState(folder.root);
}

/**
 * For what a person says about what is there; null when nothing ever was. On a full disk it uses the space that is kept for that.
 * @throws MlspecError also `already-serving`, where whoever serves would not hear it.
 */
export function openStateToSay(folder: StateFolder): State | null {
  refuseLost(folder);
  refuseReadOnly(folder);
  if (!isThere(folder)) return null;
  refuseUnheard(folder);
  return openStateOnFullDisk(folder.root);
}

/** For looking; null when nothing was ever kept there. Changes nothing. */
export function lookAtStateOf(folder: StateFolder): State | null {
  refuseLost(folder);
  return isThere(folder) ? lookAtState(folder.root) : null;
}

/** May this process change the state? Not on a read-only disk, and not in another user's folder. */
export function isWritable({ root, database }: StateFolder): boolean {
  return [root, database].every((path) => {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch (error) {
      return codeOf(error) === "ENOENT";
    }
  });
}

function refuseReadOnly(folder: StateFolder): void {
  if (isWritable(folder)) return;
  throw new MlspecError("state-not-writable", `The state in ${folder.root} cannot be changed: the disk is read-only, or the folder is another user's.`, {
    where: { file: folder.database }, hint: "Looking (`mlspec status`, `versions`, `rollout status`) and `mlspec serve` of what is live work there; anything else needs a folder that may be written (--state).",
  });
}

/** An empty file is what a crash or a full disk leaves of one. What is no file at all is refused when it is opened. */
function isThere({ database }: StateFolder): boolean {
  const found = statSync(database, { throwIfNoEntry: false });
  return found !== undefined && (!found.isFile() || found.size > 0);
}

function refuseLost(folder: StateFolder): void {
  if (isThere(folder) || !hasVersions(folder)) return;
  throw new MlspecError("state-missing", `The state ${folder.database} is ${existsSync(folder.database) ? "empty" : "gone"}, while the registry beside it holds versions: what is live, rollouts and runs were lost.`, {
    where: { file: folder.database }, hint: "Restore state.db from a copy. Without one, `mlspec state rebuild <spec>` makes a new one of what else is there, and says what that is.",
  });
}

export function hasVersions({ registry }: StateFolder): boolean {
  const models = join(registry, "models");
  if (!existsSync(models)) return false;
  return readdirSync(models, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".json"));
}
