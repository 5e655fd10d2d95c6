/** Deploy, promote, roll back: what a person says about what is live, past a rollout's course. Nothing is said before it is known to be possible and confirmed. */
import { window } from "vscode";
import type { DeploymentReport, RolloutSummary, ServiceStatus, VersionStatus } from "../../cli/status-report.ts";
import type { Host } from "../host.ts";
import { errorOf, type Outcome } from "../mlspec-process.ts";
import { pickName, pickSaved, type Target } from "../pick.ts";
import { confirmTrust } from "../trust.ts";
import { ago, metricsOf, nameOf, versionItem, type VersionItem } from "../version-items.ts";
import { chooseRollout } from "./rollout.ts";

interface Subject {
  readonly path: string;
  readonly service: ServiceStatus;
  readonly versions: readonly VersionStatus[];
  /** The rollout under way, if any. */
  readonly rollout: RolloutSummary | null;
}

interface Change {
  readonly verb: "deploy" | "promote" | "rollback";
  /** The version is among them. */
  readonly args: readonly string[];
  readonly version: string;
  /** Of the button that does it. */
  readonly button: string;
  /** What else will happen, in sentences. */
  readonly consequence: string;
}

export async function deployVersion(host: Host, target?: Target): Promise<void> {
  const subject = await chooseService(host, target, "Deploy to which service?");
  if (subject === null) return;
  const { service, versions } = subject;
  const items = versions.filter(({ live, problem, version }) => !live && problem === null && version !== service.live).map((version) => versionItem(version, Date.now()));
  const none = `${service.model} has no registered version that is not live already; run the pipeline first.`;
  const version = await pickVersion(items, `Deploy which version to ${service.name}?`, subject, none);
  if (version === null) return;
  await make(host, subject, { verb: "deploy", args: [version, ...endRollout(subject)], version, button: "Deploy", consequence: `No stage of a rollout holds it back.${ends(subject)}` });
}

export async function rollBack(host: Host, target?: Target): Promise<void> {
  const subject = await chooseService(host, target, "Roll back which service?");
  if (subject === null) return;
  const { service, versions } = subject;
  const items = liveBefore(service).flatMap(({ version, until }) => {
    const known = versions.find((each) => each.version === version);
    return known === undefined || known.problem !== null ? [] : [versionItem(known, Date.now(), `live until ${ago(until, timeOf(service))}`)];
  });
  const version = await pickVersion(items, `Roll ${service.name} back to which version?`, subject, `No registered version was live for ${service.name} before ${nameOf(service.live)}.`);
  if (version === null) return;
  await make(host, subject, { verb: "rollback", args: ["--to", version, ...endRollout(subject)], version, button: "Roll Back", consequence: `It was live before.${ends(subject)}` });
}

export async function promoteCandidate(host: Host, target?: Target): Promise<void> {
  const chosen = await chooseRollout(host, target, "promote", "Promote the candidate of which rollout?");
  if (chosen === null) return;
  const subject = await subjectOf(host, chosen.path, chosen.rollout.service);
  if (subject === null) return;
  const { rollout, service } = subject;
  if (rollout === null || rollout.version === null) {
    void window.showInformationMessage(`${service.name} has no rollout under way: there is no candidate to promote.`);
    return;
  }
  const consequence = `What is left of ${rollout.name}'s holds and requirements is passed over; its approvals are not.`;
  await make(host, subject, { verb: "promote", args: [rollout.version], version: rollout.version, button: "Promote", consequence });
}

async function chooseService(host: Host, target: Target | undefined, title: string): Promise<Subject | null> {
  if (!confirmTrust()) return null;
  const picked = await pickSaved(host, target, (spec) => spec.services.length > 0, "a service");
  if (picked === null) return null;
  const name = await pickName(picked.spec.services.map((each) => each.name), target?.name, title);
  return name === null ? null : subjectOf(host, picked.path, name);
}

/** As `mlspec status` has it now. */
async function subjectOf(host: Host, path: string, name: string): Promise<Subject | null> {
  await host.status.refresh();
  const report = host.status.reportOf(path);
  const service = report?.services.find((each) => each.name === name);
  if (report === null || service === undefined) {
    void window.showErrorMessage(`What is live for ${name} could not be read. The log of MLSpec says why.`);
    return null;
  }
  const versions = report.models.find((each) => each.name === service.model)?.versions ?? [];
  return { path, service, versions, rollout: report.rollouts.find((each) => each.service === name && (each.state === "active" || each.state === "paused")) ?? null };
}

/** Always shown, also when there is one: what is live stands in it. */
async function pickVersion(items: readonly VersionItem[], title: string, { service, versions }: Subject, none: string): Promise<string | null> {
  if (items.length === 0) {
    void window.showInformationMessage(none);
    return null;
  }
  const live = versions.find(({ version }) => version === service.live);
  const placeHolder = `Live now: ${nameOf(service.live)}${live === undefined || live.problem !== null ? "" : `, registered ${ago(live.created, Date.now())}, ${metricsOf(live)}`}`;
  return (await window.showQuickPick([...items], { title, placeHolder, matchOnDetail: true }))?.label ?? null;
}

/** Versions that were live, newest first, but for what is; each with when it last ceased to be. */
function liveBefore({ live, history }: ServiceStatus): readonly { readonly version: string; readonly until: string }[] {
  const ended = history.flatMap(({ before, at }) => (before === null || before === live ? [] : [{ version: before, until: at }]));
  return ended.filter(({ version }, i) => ended.findIndex((each) => each.version === version) === i);
}

/** The history is told in the service's own time. */
const timeOf = ({ clock }: ServiceStatus): number => (clock === null ? Date.now() : Date.parse(clock.now));

const endRollout = ({ rollout }: Subject): readonly string[] => (rollout === null ? [] : ["--abort-rollout"]);
const ends = ({ rollout }: Subject): string => (rollout === null ? "" : ` The rollout ${rollout.name} of ${nameOf(rollout.version)} ends with it.`);

/** Checked, then confirmed, then done: a question about what is impossible would be no question. */
async function make(host: Host, { path, service }: Subject, { verb, args, version, button, consequence }: Change): Promise<void> {
  const say = (...more: readonly string[]): Promise<Outcome> => host.mlspec.call(host.mlspec.withFolders([verb, "$spec", ...args, "--service", service.name, "--json", ...more], path));
  const possible = await say("--dry-run", "--reason", "asked whether it can be done");
  if (possible.code !== 0) return refused(possible);
  const question = `${button} ${version}?`;
  const detail = `It answers all requests to ${service.name}, at once, in place of ${nameOf(service.live)}. ${consequence}`;
  if ((await window.showWarningMessage(question, { modal: true, detail }, button)) === undefined) return;
  const reason = await window.showInputBox({ title: `${button} ${version}: why?`, prompt: "Kept in the history, with your name", validateInput: (text) => (text.trim() === "" ? "Say why: whoever is on call reads it." : null) });
  if (reason === undefined) return;
  const outcome = await say("--reason", reason);
  host.status.refreshSoon();
  if (outcome.code !== 0) return refused(outcome);
  const done = JSON.parse(outcome.stdout) as DeploymentReport;
  void window.showInformationMessage(`${service.name}: ${nameOf(done.version)} is live; before it was ${nameOf(done.before)}.`);
}

function refused(outcome: Outcome): void {
  const { message, hint } = errorOf(outcome);
  void window.showErrorMessage([message, hint].filter(Boolean).join(" "));
}
