/** What the server says it can do: Langium's answer, and what `requests.ts` adds. */
import { DefaultLanguageServer } from "langium/lsp";
import type { InitializeParams, InitializeResult } from "vscode-languageserver";

export class MlspecServer extends DefaultLanguageServer {
  protected override buildInitializeResult(params: InitializeParams): InitializeResult {
    const { capabilities } = super.buildInitializeResult(params);
    return {
      serverInfo: { name: "mlspec" },
      capabilities: {
        ...capabilities,
        selectionRangeProvider: true,
        codeActionProvider: { codeActionKinds: ["quickfix"] },
      },
    };
  }
}
