import { type CancellationToken, type Progress, ProgressLocation, window } from "vscode";
import type { RunEvent, RunStage } from "../../runtime/events.ts";
import type { Host } from "../host.ts";
import { errorOf } from "../mlspec-process.ts";
import { RunPanel } from "../panels/run-panel.ts";
import { pickItem, pickName, pickSpec, type Target } from "../pick.ts";
import { confirmTrust } from "../trust.ts";

const stages: readonly { readonly label: string; readonly detail: string; readonly until: RunStage }[] = [
  { label: "Register", detail: "everything: validate, data, train, evaluate, register", until: "register" },
  { label: "Evaluate", detail: "train and judge, register nothing", until: "evaluate" },
  { label: "Train", detail: "up to the trained network", until: "train" },
  { label: "Data", detail: "contracts, features, labels, splits", until: "data" },
  { label: "Validate", detail: "the spec alone", until: "validate" },
];

export async function runPipeline(host: Host, target?: Target): Promise<void> {
  if (!confirmTrust()) return;
  const picked = await pickSpec(host, target, (spec) => spec.models.length > 0, "a model");
  if (picked === null) return;
  const model = await pickName(picked.spec.models.map(({ name }) => name), target?.name, "Run the pipeline of which model?");
  if (model === null) return;
  const stage = await pickItem(stages, `Run ${model}: how far?`);
  if (stage === null) return;
  await window.withProgress({ location: ProgressLocation.Notification, title: `MLSpec: ${model}`, cancellable: true }, (progress, token) =>
    runModel(host, picked.path, model, stage.until, progress, token));
}

async function runModel(host: Host, spec: string, model: string, until: RunStage, progress: Progress<{ message?: string; increment?: number }>, token: CancellationToken): Promise<void> {
  const panel = RunPanel.show(host, spec, `${model}: running`);
  const events: RunEvent[] = [];
  const args = host.mlspec.withFolders(["run", "$spec", "--model", model, "--until", until, "--events", "ndjson"], spec);
  const outcome = await host.mlspec.call(args, {
    token,
    onEvent: (event) => {
      const run = event as RunEvent;
      events.push(run);
      panel.add(run);
      const message = messageOf(run);
      if (message !== null) progress.report({ message });
    },
  });
  host.status.refreshSoon();
  const finished = events.findLast((event) => event.type === "run-finished");
  if (outcome.cancelled) void window.showInformationMessage(`${model}: cancelled. The last checkpoint is kept; the next run goes on from there.`);
  else if (outcome.code === 0) await offerNext(host, model, events);
  else await showFailure(host, model, finished?.error ?? errorOf(outcome));
}

function messageOf(event: RunEvent): string | null {
  switch (event.type) {
    case "stage-started": return `${event.stage} …`;
    case "stage-progress": return `${event.stage}: ${event.detail ?? (event.total === null ? `${event.done} ${event.unit}` : `${Math.round((100 * event.done) / event.total)}%`)}`;
    case "epoch-finished": return `epoch ${event.epoch} of ${event.epochs}, loss ${(event.validateLoss ?? event.trainLoss).toFixed(4)}`;
    default: return null;
  }
}

async function offerNext(host: Host, model: string, events: readonly RunEvent[]): Promise<void> {
  const registered = events.findLast((event) => event.type === "registered");
  if (registered === undefined) {
    void window.showInformationMessage(`${model}: done.`);
    return;
  }
  const choice = await window.showInformationMessage(`${model}: version ${registered.version} is registered.`, "Serve", "Start Rollout");
  if (choice === "Serve") await import("./serve.ts").then(({ serve }) => serve(host));
  if (choice === "Start Rollout") await import("./rollout.ts").then(({ startRollout }) => startRollout(host));
}

async function showFailure(host: Host, model: string, error: { readonly message: string; readonly hint: string | null }): Promise<void> {
  const text = [`${model}: ${error.message.split("\n")[0] ?? ""}`, error.hint].filter(Boolean).join(" ");
  const choice = await window.showErrorMessage(text, "Show Log");
  if (choice === "Show Log") host.log.show();
}
