/** textDocument/codeLens: *Run pipeline*, *Serve*, *Start rollout* and *N uses*. Only for clients that carry out the commands. */
import type { LangiumDocument } from "langium";
import type { CodeLensProvider } from "langium/lsp";
import type { CodeLens, Command } from "vscode-languageserver";
import type { Declaration } from "../../grammar/generated/ast.ts";
import { specOf } from "../language/imports.ts";
import { eachContained } from "./contained.ts";
import type { MlspecLspServices } from "./editor-services.ts";
import { nameRange } from "./names.ts";
import { commands, type CommandTarget, type ShowReferencesArguments } from "./protocol.ts";

const actions: Partial<Record<Declaration["$type"], { readonly title: string; readonly command: string }>> = {
  Model: { title: "▶ Run pipeline", command: commands.run },
  Service: { title: "▶ Serve", command: commands.serve },
  Rollout: { title: "▶ Start rollout", command: commands.startRollout },
};

export class MlspecCodeLenses implements CodeLensProvider {
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    this.#services = services;
  }

  provideCodeLens(document: LangiumDocument): CodeLens[] {
    if (!this.#services.editor.Client.commands) return [];
    const uri = document.textDocument.uri;
    return eachContained("code lenses", specOf(document).declarations ?? [], (node): CodeLens[] => {
      const range = nameRange(node);
      if (range === undefined || typeof node.name !== "string") return [];
      const action = actions[node.$type];
      const target: CommandTarget = { uri, name: node.name };
      const run = action && { range, command: { ...action, arguments: [target] } };
      const uses = this.#uses(node, uri);
      return [...(run ? [run] : []), ...(uses ? [{ range, command: uses }] : [])];
    });
  }

  #uses(node: Declaration, uri: string): Command | undefined {
    const found = this.#services.references.References.findReferences(node, {}).toArray();
    const at = nameRange(node)?.start;
    if (found.length === 0 || at === undefined) return undefined;
    const locations = found.map((use) => ({ uri: use.sourceUri.toString(), range: use.segment.range }));
    const args: ShowReferencesArguments = [uri, at, locations];
    return { title: found.length === 1 ? "1 use" : `${found.length} uses`, command: commands.showReferences, arguments: [...args] };
  }
}
