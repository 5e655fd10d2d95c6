import { type CancellationToken, type Progress, ProgressLocation, Uri, window } from "vscode";
import type { RunEvent, RunStage } from "../../runtime/events.ts";
import type { Host } from "../host.ts";
import { errorOf, type Outcome } from "../mlspec-process.ts";
import { RunPanel } from "../panels/run-panel.ts";
import { pickItem, pickName, pickSaved, type Target } from "../pick.ts";
import { confirmTrust } from "../trust.ts";

const stages: readonly { readonly label: string; readonly detail: string; readonly until: RunStage }[] = [
  { label: "Register", detail: "all of it; a model that passes its gates gets a version", until: "register" },
  { label: "Evaluate", detail: "train and judge, without a version", until: "evaluate" },
  { label: "Train", detail: "up to the trained network", until: "train" },
  { label: "Data", detail: "contracts, features, labels, splits", until: "data" },
  { label: "Validate", detail: "the spec alone", until: "validate" },
];

export async function runPipeline(host: Host, target?: Target): Promise<void> {
  if (!confirmTrust()) return;
  const picked = await pickSaved(host, target, (spec) => spec.models.length > 0, "a model");
  if (picked === null) return;
  const model = await pickName(picked.spec.models.map(({ name }) => name), target?.name, "Run the pipeline of which model?");
  if (model === null) return;
  const stage = await pickItem(stages, `Run ${model}: how far?`);
  if (stage === null) return;
  const run = await window.withProgress({ location: ProgressLocation.Notification, title: `Running ${model}`, cancellable: true }, (progress, token) =>
    runModel(host, picked.path, model, stage.until, progress, token));
  host.status.refreshSoon();
  await tell(host, picked.path, model, run);
}

interface Finished {
  readonly outcome: Outcome;
  readonly events: readonly RunEvent[];
}

async function runModel(host: Host, spec: string, model: string, until: RunStage, progress: Progress<{ message?: string; increment?: number }>, token: CancellationToken): Promise<Finished> {
  const panel = RunPanel.show(host, model);
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
  return { outcome, events };
}

async function tell(host: Host, spec: string, model: string, { outcome, events }: Finished): Promise<void> {
  const finished = events.findLast((event) => event.type === "run-finished");
  if (outcome.cancelled) void window.showInformationMessage(`${model}: cancelled. The last checkpoint is kept; the next run goes on from there.`);
  else if (outcome.code === 0) await offerNext(host, spec, model, events);
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

async function offerNext(host: Host, spec: string, model: string, events: readonly RunEvent[]): Promise<void> {
  const registered = events.findLast((event) => event.type === "registered");
  if (registered === undefined) {
    void window.showInformationMessage(`${model}: done.`);
    return;
  }
  const target = { uri: Uri.file(spec).toString() };
  const choice = await window.showInformationMessage(`${model}: version ${registered.version} is registered.`, "Serve", "Start Rollout");
  if (choice === "Serve") await import("./serve.ts").then(({ serve }) => serve(host, target));
  if (choice === "Start Rollout") await import("./rollout.ts").then(({ startRollout }) => startRollout(host, target));
}

async function showFailure(host: Host, model: string, error: { readonly message: string; readonly hint: string | null }): Promise<void> {
  const text = [`${model}: ${error.message.split("\n")[0] ?? ""}`, error.hint].filter(Boolean).join(" ");
  const choice = await window.showErrorMessage(text, "Show Log");
  if (choice === "Show Log") host.log.show();
}
