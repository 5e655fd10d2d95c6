import { window } from "vscode";
import type { Host } from "../host.ts";
import { errorOf } from "../mlspec-process.ts";
import { pickName, pickSaved, type Picked, type Target } from "../pick.ts";
import { confirmTrust } from "../trust.ts";
import { versionItem } from "../version-items.ts";

interface Chosen extends Picked {
  readonly rollout: string;
}

export async function chooseRollout(host: Host, target: Target | undefined, title: string): Promise<Chosen | null> {
  if (!confirmTrust()) return null;
  const picked = await pickSaved(host, target, (spec) => spec.rollouts.length > 0, "a rollout");
  if (picked === null) return null;
  const rollout = await pickName(picked.spec.rollouts.map(({ name }) => name), target?.name, title);
  return rollout === null ? null : { ...picked, rollout };
}

/** Runs `mlspec rollout …`, tells the outcome, refreshes the views. */
async function tell(host: Host, chosen: Chosen, verb: string, extra: readonly string[], done: string): Promise<void> {
  const args = host.mlspec.withFolders(["rollout", verb, "$spec", chosen.rollout, "--json", ...extra], chosen.path);
  const outcome = await host.mlspec.call(args);
  host.status.refreshSoon();
  if (outcome.code === 0) void window.showInformationMessage(done);
  else {
    const { message, hint } = errorOf(outcome);
    void window.showErrorMessage([message, hint].filter(Boolean).join(" "));
  }
}

export async function startRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "Start which rollout?");
  if (chosen === null) return;
  const { model } = chosen.spec.rollouts.find(({ name }) => name === chosen.rollout)!;
  await host.status.refresh();
  const versions = (host.status.reportOf(chosen.path)?.models ?? []).find(({ name }) => name === model)?.versions ?? [];
  const items = versions.filter((version) => !version.live && version.problem === null)
    .map((version) => versionItem(version, Date.now()));
  if (items.length === 0) {
    void window.showInformationMessage(`${model} has no registered version that is not live already; run the pipeline first.`);
    return;
  }
  const version = items.length === 1 ? items[0] : await window.showQuickPick(items, { title: `Roll out which version of ${model}?` });
  if (version === undefined) return;
  await tell(host, chosen, "start", ["--version", version.label], `${chosen.rollout}: version ${version.label} begins. It moves while the service is served.`);
}

export async function approveRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "Approve which rollout?");
  if (chosen === null) return;
  const spec = chosen.spec.rollouts.find(({ name }) => name === chosen.rollout)!;
  const roles = new Set(spec.stages.flatMap(({ approve }) => approve ?? []));
  const members = [...new Set(chosen.spec.roles.filter(({ name }) => roles.has(name)).flatMap(({ members }) => members))];
  if (members.length === 0) {
    void window.showInformationMessage(`No stage of ${chosen.rollout} needs an approval.`);
    return;
  }
  const by = await pickName(members, undefined, "Approve as");
  if (by === null) return;
  await tell(host, chosen, "approve", ["--by", by], `${chosen.rollout}: approved by ${by}.`);
}

export async function pauseRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "Pause which rollout?");
  if (chosen !== null) await tell(host, chosen, "pause", [], `${chosen.rollout}: paused; traffic stays as it is.`);
}

export async function resumeRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "Resume which rollout?");
  if (chosen !== null) await tell(host, chosen, "resume", [], `${chosen.rollout}: goes on.`);
}

export async function abortRollout(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "Abort which rollout?");
  if (chosen === null) return;
  const answer = await window.showWarningMessage(`Abort ${chosen.rollout}? All traffic goes back to the version before, at once.`, { modal: true }, "Abort Rollout");
  if (answer !== undefined) await tell(host, chosen, "abort", ["--reason", "aborted in the editor"], `${chosen.rollout}: rolled back.`);
}
