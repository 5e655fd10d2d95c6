/** `mlspec state rebuild`: what can be had again after state.db was lost, and what cannot. */
import { userInfo } from "node:os";
import { MlspecError } from "../../runtime/errors.ts";
import { loggedServices, rebuildState, type Rebuilt } from "../../runtime/pipeline/rebuild-state.ts";
import { stateFolder } from "../state-folder.ts";
import { Registry } from "../../runtime/registry/registry.ts";
import { deploy } from "../../runtime/rollout/commands.ts";
import { checkVersion } from "../../runtime/serving/check-version.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { exit, shortPath } from "../exit.ts";
import { loadAtHand, named, specPath, type SpecAtHand } from "../spec.ts";
import { onStandardError } from "../terminal.ts";

interface Options extends RuntimeOptions {
  readonly live: readonly string[];
  readonly by?: string;
}

interface Word {
  readonly service: string;
  readonly version: string;
}

export async function rebuild(file: string, { options, terminal }: Call<Options>): Promise<number> {
  const words = options.live.map(readWord);
  const path = specPath(file, terminal.cwd);
  const folder = stateFolder(path, options.state);
  const registry = new Registry(folder.registry);
  // A word that cannot be kept is refused before anything is changed.
  const atHand = words.length === 0 ? null : await loadAtHand(path);
  if (atHand !== null && atHand.problem !== null) terminal.err(`${onStandardError(terminal).colors.yellow("!")} ${atHand.problem}. What the prediction logs know is used.\n`);
  const wanted = atHand === null ? [] : await meant(words, atHand, loggedServices(folder), registry);
  for (const { model, version } of wanted) await checkVersion({ registry, model, spec: null }, version);
  const now = terminal.now().getTime();
  const rebuilt = await rebuildState(folder, now, async (state) => {
    for (const { service, version, model } of wanted) {
      await deploy(state, { service, model, version, kind: "rebuild", by: options.by ?? userInfo().username, reason: "named when the state was rebuilt", now, verify: () => Promise.resolve() });
    }
  });
  terminal.out(options.json ? `${JSON.stringify({ ...rebuilt, live: wanted }, null, 2)}\n` : told(rebuilt, words, file, terminal.cwd));
  return exit.ok;
}

function readWord(text: string): Word {
  const [service, version, more] = text.split("=");
  if (!service || !version || more !== undefined) throw new MlspecError("bad-argument", `--live must be <service>=<version>, not ${text}`);
  return { service, version };
}

/**
 * Each word with the model that it is about: of a service that the spec declares its model. With the state other commands have lost which services
 * there were besides; that they were served is in their logs.
 */
function meant(words: readonly Word[], { spec, error }: SpecAtHand, logged: readonly string[], registry: Registry): Promise<readonly (Word & { readonly model: string })[]> {
  const declared: readonly { readonly name: string; readonly model: string | null }[] = spec?.services ?? [];
  const known = [...declared, ...logged.filter((name) => !declared.some((each) => each.name === name)).map((name) => ({ name, model: null }))];
  if (known.length === 0 && error !== null) throw error;
  return Promise.all(words.map(async (word, i) => {
    if (words.findIndex(({ service }) => service === word.service) < i) throw new MlspecError("bad-argument", `--live names ${word.service} twice`);
    const { model } = named(known, word.service, "service");
    return { ...word, model: model ?? (await modelOf(registry, word.version)) };
  }));
}

async function modelOf(registry: Registry, version: string): Promise<string> {
  const found = (await registry.list()).find((each) => each.version === version);
  if (found === undefined) throw new MlspecError("version-unknown", `there is no version ${version} in the registry`, { hint: "`ls` of registry/models shows what there is." });
  return found.model;
}

function told({ aside, runs, unreadableRuns, versions, hints, unreadableLogs }: Rebuilt, words: readonly Word[], file: string, cwd: string): string {
  const open = hints.filter(({ service }) => !words.some((word) => word.service === service));
  return [
    ...(aside === null ? [] : [`The damaged state was set aside as ${shortPath(aside, cwd)}.`]),
    `Recovered: ${runs} runs from their journals${unreadableRuns === 0 ? "" : ` (${unreadableRuns} could not be read)`}; ${versions} versions are in the registry, untouched.`,
    ...words.map(({ service, version }) => `Live for ${service}, as you say: ${version}.`),
    "Not recovered: rollouts with their approvals and evidence, and the history of what was live. A rollout that was under way begins anew.",
    ...unreadableLogs.map((service) => `The prediction log of ${service} cannot be read, and so does not say what answered last.`),
    ...open.map(({ service, version, from }) => `What was live for ${service} is not recovered, but ${from}: ${version}. If that was it: \`mlspec deploy ${file} ${version} --service ${service} --reason "state lost"\`.`),
  ].map((line) => `${line}\n`).join("");
}
