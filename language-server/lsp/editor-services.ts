/** What the features may ask for: the language's services, and the editor's own. */
import type { MlspecServices } from "../services.ts";
import type { Analyses } from "./analyses.ts";
import type { Client } from "./client.ts";
import type { LineageNodes } from "./lineage-nodes.ts";

export interface EditorServices {
  readonly editor: { readonly Analyses: Analyses; readonly Client: Client; readonly Lineage: LineageNodes };
}

export type MlspecLspServices = MlspecServices & EditorServices;
