/** One server and one window for the tests of a file. */
import { afterAll, afterEach, beforeAll } from "vitest";
import { type EditorOptions, type EditorServer, startEditor } from "./code-server.ts";
import type { Workspace } from "./shop.ts";
import { EditorWindow } from "./window.ts";

export interface Session {
  window: EditorWindow;
  workspace: Workspace;
  server: EditorServer;
}

/** Registers what sets up and takes down; its fields are there inside tests. A failed test leaves a picture. */
export function session(name: string, makeWorkspace: () => Promise<Workspace>, options: EditorOptions, firstFile: string): Session {
  const made = {} as Session;
  beforeAll(async () => {
    made.workspace = await makeWorkspace();
    made.server = await startEditor(options);
    made.window = await EditorWindow.open(made.server.url(made.workspace.folder));
    await made.window.openFile(firstFile);
    await made.window.extensionReady();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    await made.window.screenshot(`failed ${name}: ${task.name}`.replace(/[^a-z0-9]+/gi, "-"));
    await made.window.recover();
  });
  afterAll(async () => {
    await made.window?.close();
    await made.server?.stop();
    await made.workspace?.remove();
  });
  return made;
}
