/** What commands and views are given. */
import type { ExtensionContext, LogOutputChannel } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { MlspecProcess } from "./mlspec-process.ts";
import type { StatusStore } from "./status-store.ts";
import type { ServingState } from "./serving-state.ts";

export interface Host {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly client: LanguageClient;
  readonly mlspec: MlspecProcess;
  readonly status: StatusStore;
  readonly serving: ServingState;
}
