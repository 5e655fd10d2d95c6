/** Which spec, which model, which service: asked only when there is a choice. */
import { type QuickPickItem, Uri, window, workspace } from "vscode";
import type { CompiledSpec } from "../grammar/compiled-spec/index.ts";
import { compileRequest } from "../language-server/lsp/protocol.ts";
import type { Host } from "./host.ts";

/** What a code lens, a tree item or another command passes along. */
export interface Target {
  readonly uri?: string;
  readonly name?: string;
}

export interface Picked {
  readonly uri: Uri;
  readonly path: string;
  readonly spec: CompiledSpec;
}

/** As `pickSpec`, for commands that run what is on disk: unsaved edits are saved first. */
export async function pickSaved(host: Host, target: Target | undefined, suits: (spec: CompiledSpec) => boolean, what: string): Promise<Picked | null> {
  const picked = await pickSpec(host, target, suits, what);
  return picked === null ? null : saved(picked);
}

/** The spec that the user means: the one passed, the one being edited, else one of those in the workspace that `suits`. */
export async function pickSpec(host: Host, target: Target | undefined, suits: (spec: CompiledSpec) => boolean, what: string): Promise<Picked | null> {
  const active = window.activeTextEditor?.document;
  const preferred = target?.uri ?? (active?.languageId === "mlspec" ? active.uri.toString() : undefined);
  if (preferred !== undefined) {
    const picked = await compiled(host, preferred);
    if (picked !== null && suits(picked.spec)) return picked;
  }
  const files = await workspace.findFiles("**/*.mlspec", "**/{node_modules,.mlspec}/**", 200);
  const all = (await Promise.all(files.map((file: Uri) => compiled(host, file.toString())))).filter((each) => each !== null).filter((each) => suits(each.spec));
  if (all.length === 0) {
    void window.showInformationMessage(`No spec in this workspace declares ${what}.`);
    return null;
  }
  if (all.length === 1) return all[0]!;
  // `picked` itself is a field of QuickPickItem.
  const items = all.map((found) => ({ label: workspace.asRelativePath(found.path), found })).sort((a, b) => a.label.localeCompare(b.label));
  const chosen = await window.showQuickPick(items, { title: "Which spec?" });
  return chosen?.found ?? null;
}

async function compiled(host: Host, uri: string): Promise<Picked | null> {
  try {
    const spec = await host.client.sendRequest<CompiledSpec | null>(compileRequest, { uri });
    const path = spec?.files[0]?.path;
    return spec === null || path === undefined ? null : { uri: Uri.parse(uri), path, spec };
  } catch {
    return null;
  }
}

async function saved(picked: Picked): Promise<Picked | null> {
  const untitled = workspace.textDocuments.find((document) => document.isUntitled && document.uri.toString() === picked.uri.toString());
  if (untitled !== undefined) {
    // It has no place on disk, so its `data:` and relative paths lead nowhere.
    void window.showInformationMessage("Save this spec to a file first: its data is looked for beside it.");
    return null;
  }
  const documents = workspace.textDocuments.filter((document) => document.languageId === "mlspec" && document.isDirty && !document.isUntitled);
  const results = await Promise.all(documents.map((document) => document.save()));
  return results.every(Boolean) ? picked : null;
}

/** The one called `given`, and never another in its place; the only one; or the user's choice. */
export async function pickName(names: readonly string[], given: string | undefined, title: string): Promise<string | null> {
  if (given !== undefined && names.includes(given)) return given;
  if (given !== undefined) {
    void window.showInformationMessage(`${given} is not declared here, and this command needs what is: ${names.join(", ")}.`);
    return null;
  }
  if (names.length <= 1) return names[0] ?? null;
  return (await window.showQuickPick([...names], { title })) ?? null;
}

export async function pickItem<T extends QuickPickItem>(items: readonly T[], title: string): Promise<T | null> {
  return (await window.showQuickPick([...items], { title })) ?? null;
}
