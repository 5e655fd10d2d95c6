/** Command ids and what they do. The ids are those of package.json: a test compares the two. */
import { commands, type Disposable, window } from "vscode";
import { showReferences } from "./show-references.ts";
import type { Host } from "../host.ts";
import type { Target } from "../pick.ts";
import { RunPanel } from "../panels/run-panel.ts";
import { LineagePanel } from "../panels/lineage-panel.ts";
import { deployVersion, promoteCandidate, rollBack } from "./deployments.ts";
import { explainCheck } from "./explain-check.ts";
import { newSpec } from "./new-spec.ts";
import { abortRollout, approveRollout, pauseRollout, resumeRollout, startRollout } from "./rollout.ts";
import { runPipeline } from "./run-pipeline.ts";
import { serve, stopServing } from "./serve.ts";
import { validateWorkspace } from "./validate-workspace.ts";

type Handler = (host: Host, argument: never) => unknown;

const handlers: Readonly<Record<string, Handler>> = {
  "mlspec.validateWorkspace": validateWorkspace,
  "mlspec.run": (host, target: Target) => runPipeline(host, target),
  "mlspec.serve": (host, target: Target) => serve(host, target),
  "mlspec.stopServing": (host, target: Target) => stopServing(host, target),
  "mlspec.rollout.start": (host, target: Target) => startRollout(host, target),
  "mlspec.rollout.approve": (host, target: Target) => approveRollout(host, target),
  "mlspec.rollout.pause": (host, target: Target) => pauseRollout(host, target),
  "mlspec.rollout.resume": (host, target: Target) => resumeRollout(host, target),
  "mlspec.rollout.abort": (host, target: Target) => abortRollout(host, target),
  "mlspec.deploy": (host, target: Target) => deployVersion(host, target),
  "mlspec.promote": (host, target: Target) => promoteCandidate(host, target),
  "mlspec.rollback": (host, target: Target) => rollBack(host, target),
  "mlspec.showLineage": (host, target: Target) => LineagePanel.show(host, target),
  "mlspec.showRun": (host, target: Target & { readonly run?: string }) => RunPanel.open(host, target),
  "mlspec.explainCheck": (host, id: string) => explainCheck(host, id),
  "mlspec.refresh": (host) => host.status.refresh(),
  "mlspec.restartLanguageServer": (host) => host.client.restart(),
  "mlspec.newSpec": newSpec,
};

/** Commands that only lenses of the language server call; the palette does not know them. */
const internal: Readonly<Record<string, (...args: never) => unknown>> = {
  "mlspec.showReferences": showReferences,
};

export function registerCommands(host: Host): readonly Disposable[] {
  const publicOnes = Object.entries(handlers).map(([id, handler]) => commands.registerCommand(id, async (argument?: unknown) => {
    try {
      await handler(host, argument as never);
    } catch (error) {
      host.log.error(String(error));
      void window.showErrorMessage(`MLSpec: ${error instanceof Error ? error.message : String(error)}`);
    }
  }));
  return [...publicOnes, ...Object.entries(internal).map(([id, handler]) => commands.registerCommand(id, handler))];
}
