import { type ConfigurationScope, workspace } from "vscode";

export interface Settings {
  /** Empty: the Node inside the editor. */
  readonly node: string;
  readonly dataFolder: string;
  readonly stateFolder: string;
  readonly port: number;
  readonly codeLens: boolean;
  readonly inlayHints: boolean;
}

export function settings(scope?: ConfigurationScope): Settings {
  const configuration = workspace.getConfiguration("mlspec", scope ?? null);
  return {
    node: configuration.get("node", ""),
    dataFolder: configuration.get("dataFolder", ""),
    stateFolder: configuration.get("stateFolder", ""),
    port: configuration.get("serve.port", 8080),
    codeLens: configuration.get("codeLens", true),
    inlayHints: configuration.get("inlayHints.defaults", true),
  };
}
