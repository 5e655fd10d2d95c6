/** The state folder that a command works on, closed to everybody but its owner. Every command gets it here, so that none can forget to close it. */
import { keepPrivate } from "../runtime/pipeline/private-state.ts";
import { stateFolder as folderOf, type StateFolder } from "../runtime/pipeline/state-folder.ts";

/** `.mlspec` beside the spec, or the folder `named`. Makes nothing. */
export function stateFolder(specPath: string, named: string | undefined): StateFolder {
  const folder = folderOf(specPath, named);
  keepPrivate(folder);
  return folder;
}
