import { Uri, window } from "vscode";
import type { RolloutSummary } from "../../cli/status-report.ts";
import type { Host } from "../host.ts";
import { errorOf } from "../mlspec-process.ts";
import { pickItem, pickName, pickSaved, type Target } from "../pick.ts";
import { noneFor, offers, progressOf, undeclaredNote, type RolloutVerb } from "../rollout-items.ts";
import { confirmTrust } from "../trust.ts";
import { versionItem } from "../version-items.ts";

export interface ChosenRollout {
  /** Of the spec's file. */
  readonly path: string;
  readonly rollout: RolloutSummary;
}

/** One that `verb` works on now, declared or not: of the item that was clicked, of the file that is edited, else of the workspace. */
export async function chooseRollout(host: Host, target: Target | undefined, verb: RolloutVerb, title: string): Promise<ChosenRollout | null> {
  if (!confirmTrust()) return null;
  await host.status.refresh();
  const all = host.status.statuses.flatMap((status) => ("report" in status ? status.report.rollouts.map((rollout): ChosenRollout => ({ path: status.spec, rollout })) : []));
  const meant = all.filter(({ path, rollout }) => (target?.name === undefined || target.name === rollout.name) && (target?.uri === undefined || Uri.parse(target.uri).fsPath === path));
  const possible = meant.filter(({ rollout }) => offers(verb, rollout));
  if (possible.length === 0) {
    const [only] = target?.name === undefined ? [] : meant;
    void window.showInformationMessage(only === undefined ? `No rollout here ${noneFor[verb]}` : `${only.rollout.name}: ${progressOf(only.rollout)}. No rollout here ${noneFor[verb]}`);
    return null;
  }
  const edited = window.activeTextEditor?.document.uri.fsPath;
  const here = possible.filter(({ path }) => path === edited);
  return pickOne(here.length > 0 ? here : possible, title);
}

/** Asked only when there is a choice. */
async function pickOne(possible: readonly ChosenRollout[], title: string): Promise<ChosenRollout | null> {
  if (possible.length === 1) return possible[0]!;
  const items = possible.map((chosen) => ({ label: chosen.rollout.name, description: progressOf(chosen.rollout), detail: chosen.path, chosen }));
  return (await pickItem(items, title))?.chosen ?? null;
}

/** Runs `mlspec rollout …`, tells the outcome, refreshes the views. */
async function tell(host: Host, path: string, name: string, verb: string, extra: readonly string[], done: string): Promise<void> {
  const args = host.mlspec.withFolders(["rollout", verb, "$spec", name, "--json", ...extra], path);
  const outcome = await host.mlspec.call(args);
  host.status.refreshSoon();
  if (outcome.code === 0) void window.showInformationMessage(done);
  else {
    const { message, hint } = errorOf(outcome);
    void window.showErrorMessage([message, hint].filter(Boolean).join(" "));
  }
}

/** Asks for a declaration, and for the spec as it is on disk. */
export async function startRollout(host: Host, target?: Target): Promise<void> {
  if (!confirmTrust()) return;
  const picked = await pickSaved(host, target, (spec) => spec.rollouts.length > 0, "a rollout");
  if (picked === null) return;
  const declared = picked.spec.rollouts;
  const name = await pickName(declared.map((each) => each.name), target?.name, "Start which rollout?");
  if (name === null) return;
  const { model } = declared.find((each) => each.name === name)!;
  await host.status.refresh();
  const versions = (host.status.reportOf(picked.path)?.models ?? []).find((each) => each.name === model)?.versions ?? [];
  const items = versions.filter((version) => !version.live && version.problem === null)
    .map((version) => versionItem(version, Date.now()));
  if (items.length === 0) {
    void window.showInformationMessage(`${model} has no registered version that is not live already; run the pipeline first.`);
    return;
  }
  const version = items.length === 1 ? items[0] : await window.showQuickPick(items, { title: `Roll out which version of ${model}?` });
  if (version === undefined) return;
  await tell(host, picked.path, name, "start", ["--version", version.label], `${name}: version ${version.label} begins. It moves while the service is served.`);
}

export async function approveRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "approve", "Approve which rollout?");
  if (chosen === null) return;
  const { path, rollout: { name, approvers } } = chosen;
  if (approvers.length === 0) {
    void window.showInformationMessage(`No stage of ${name} needs an approval.`);
    return;
  }
  const by = await pickName(approvers, undefined, "Approve as");
  if (by !== null) await tell(host, path, name, "approve", ["--by", by], `${name}: approved by ${by}.`);
}

export async function pauseRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "pause", "Pause which rollout?");
  if (chosen !== null) await tell(host, chosen.path, chosen.rollout.name, "pause", [], `${chosen.rollout.name}: paused; traffic stays as it is.`);
}

export async function resumeRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "resume", "Resume which rollout?");
  if (chosen !== null) await tell(host, chosen.path, chosen.rollout.name, "resume", [], `${chosen.rollout.name}: goes on.`);
}

export async function abortRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "abort", "Abort which rollout?");
  if (chosen === null) return;
  const { path, rollout } = chosen;
  const answer = await window.showWarningMessage(`Abort ${rollout.name}?${undeclaredNote(rollout)} All traffic goes back to the version before, at once.`, { modal: true }, "Abort Rollout");
  if (answer !== undefined) await tell(host, path, rollout.name, "abort", ["--reason", "aborted in the editor"], `${rollout.name}: rolled back.`);
}
