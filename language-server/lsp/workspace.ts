/** The specs of the workspace's folders are validated when it is opened, not only once they are edited. */
import { DefaultWorkspaceManager, type BuildOptions, type FileSystemNode } from "langium";
import { isSpec } from "./document-updates.ts";

export class SpecWorkspace extends DefaultWorkspaceManager {
  override initialBuildOptions: BuildOptions = { validation: true };

  override shouldIncludeEntry(entry: FileSystemNode): boolean {
    return super.shouldIncludeEntry(entry) && (entry.isDirectory || isSpec(entry.uri.toString()));
  }
}
