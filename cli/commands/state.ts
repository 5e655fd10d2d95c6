/** `mlspec state rebuild`: what can be had again after state.db was lost, and what cannot. */
import { userInfo } from "node:os";
import { MlspecError } from "../../runtime/errors.ts";
import { rebuildState, type Rebuilt } from "../../runtime/pipeline/rebuild-state.ts";
import { stateFolder } from "../state-folder.ts";
import { Registry } from "../../runtime/registry/registry.ts";
import { deploy } from "../../runtime/rollout/commands.ts";
import { checkVersion } from "../../runtime/serving/check-version.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { exit, shortPath } from "../exit.ts";
import { specPath } from "../spec.ts";

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
  const folder = stateFolder(specPath(file, terminal.cwd), options.state);
  const registry = new Registry(folder.registry);
  // A word that cannot be kept is refused before anything is changed.
  const wanted = await Promise.all(words.map(async (word) => ({ ...word, model: await modelOf(registry, word.version) })));
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
