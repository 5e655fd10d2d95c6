import { basename, resolve } from "node:path";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { lookAtStateOf } from "../../runtime/pipeline/open-state.ts";
import type { StateFolder } from "../../runtime/pipeline/state-folder.ts";
import { stateFolder } from "../state-folder.ts";
import { fileOf, goodSpecs, type GoodSpec } from "../../runtime/service/good-spec.ts";
import { startService, type ServiceOptions } from "../../runtime/service/start-service.ts";
import { dataFolder } from "../data-folder.ts";
import { count } from "../draw/numbers.ts";
import { exit, shortPath } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { declaresNothing, loadValid, onlyOne, specPath } from "../spec.ts";
import type { ServeEvent } from "../../runtime/service/events.ts";
import type { Terminal } from "../terminal.ts";
import { version } from "../version.ts";

interface Options extends RuntimeOptions {
  readonly port: number;
  readonly host: string;
  readonly service?: string;
  readonly timeScale: number;
  readonly events?: "ndjson";
  readonly strict?: boolean;
  readonly tokenFile?: string;
  readonly predictTokenFile?: string;
  readonly allowHost: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureOpenPredictions?: boolean;
}

/** Serves until it is interrupted, then answers what is under way and ends. */
export async function serve(file: string, { options, terminal, interruption }: Call<Options>): Promise<number> {
  checkNumbers(options);
  terminal.outliveReader();
  const path = specPath(file, terminal.cwd);
  const folder = stateFolder(path, options.state);
  const signal = interruption();
  const { spec, service, notices } = await specToServe(path, folder, options, terminal);
  const emit = (event: ServeEvent): void => terminal.out(options.events === "ndjson" || options.json ? `${JSON.stringify(event)}\n` : `${textOf(event, terminal)}\n`);
  const running = await startService({
    spec, service, folder, strict: options.strict === true, notices, dataFolder: dataFolder(options.data, path), host: options.host, port: options.port,
    access: accessOf(options, terminal), timeScale: options.timeScale, serverVersion: version, emit, signal,
  });
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await running.stop();
  return exit.ok;
}

interface ToServe {
  readonly spec: CompiledSpec;
  readonly service: string;
  /** What is not as it should be. */
  readonly notices: readonly string[];
}

/**
 * The spec of the file; while that has errors, declares nothing or is gone, the one that was served last: a typing error, a full disk or a killed editor,
 * and a restart must be no outage.
 */
async function specToServe(path: string, folder: StateFolder, options: Options, terminal: Terminal): Promise<ToServe> {
  const { spec, error } = await loadValid(path, terminal).then((spec) => ({ spec, error: null }), (error: unknown) => ({ spec: null, error }));
  const why = spec === null ? whyUnusable(error) : declaresNothing(spec) ? "it declares nothing" : null;
  const kept = why === null ? null : await lastGood(path, folder, options.service);
  if (why !== null && kept !== null) return inPlace(kept, why, options);
  if (spec === null) throw error;
  return { spec, service: onlyOne(spec.services, options.service, "service").name, notices: [] };
}

/** Null: another thing is wrong than the file. */
function whyUnusable(error: unknown): string | null {
  if (!(error instanceof MlspecError)) return null;
  if (error.code === "spec-invalid") return "it has errors; `mlspec validate` shows them";
  return error.code === "file-not-found" ? error.message : null;
}

function inPlace({ spec, service, at }: GoodSpec, why: string, { strict }: Options): ToServe {
  const served = `the one that was last served, on ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC, is served in its place until the file is mended and the server started again`;
  if (strict === true) throw new MlspecError("spec-invalid", `the spec cannot be used, and with --strict nothing else is served: ${why}`, { hint: `Mend the file, or leave --strict out: then ${served}.` });
  return { spec, service, notices: [`the spec cannot be used (${why}); ${served}`] };
}

/** What was served last from this file: of the service named, or of the only one. */
async function lastGood(path: string, folder: StateFolder, service: string | undefined): Promise<GoodSpec | null> {
  const state = lookAtStateOf(folder);
  if (state === null) return null;
  try {
    const kept = (await goodSpecs(state, folder)).filter((each) => fileOf(each) === basename(path));
    if (kept.length === 0) return null;
    const { name } = onlyOne(kept.map((each) => ({ name: each.service })), service, "service", "state");
    return kept.find((each) => each.service === name) ?? null;
  } finally {
    state.close();
  }
}

/** Tokens come from files or the environment: an argument's value is shown to everyone on the machine. */
function accessOf(options: Options, { cwd, env }: Terminal): ServiceOptions["access"] {
  const { tlsCert, tlsKey, tokenFile, predictTokenFile } = options;
  for (const [option, path] of Object.entries({ "--tls-cert": tlsCert, "--tls-key": tlsKey, "--token-file": tokenFile, "--predict-token-file": predictTokenFile })) {
    if (path === "") throw new MlspecError("bad-argument", `${option} must be the path of a file, but is empty`);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new MlspecError("bad-argument", "--tls-cert and --tls-key go together");
  const token = (file: string | undefined, variable: string) => ({ file: file === undefined ? undefined : resolve(cwd, file), text: env[variable], variable });
  return {
    allowHosts: options.allowHost, openToAll: options.insecureOpenPredictions === true,
    token: token(tokenFile, "MLSPEC_TOKEN"), predictionsToken: token(predictTokenFile, "MLSPEC_PREDICT_TOKEN"),
    tls: tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey) },
  };
}

/** More than a day in a second; a server that runs for a hundred days stays among the dates that there are. Slower than the system's clock no time passes. */
const FASTEST = 100_000;

function checkNumbers({ port, timeScale }: Options): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new MlspecError("bad-argument", `--port must be a whole number from 0 to 65535`);
  if (!(timeScale >= 1 && timeScale <= FASTEST)) throw new MlspecError("bad-argument", `--time-scale must be a number from 1 to ${count(FASTEST)}`);
}

function textOf(event: ServeEvent, { colors, cwd }: Terminal): string {
  switch (event.type) {
    case "listening": return `${colors.green("✓")} ${event.service} listens on ${colors.bold(event.url)}; ${whatAnswers(event)}. ${event.tokenFile === null ? "" : `Outcomes need the token in ${shortPath(event.tokenFile, cwd)}. `}Ctrl-C ends it.`;
    case "rollout-moved": return `${colors.cyan("↻")} ${event.rollout}: ${whereNow(event)}. ${event.reason}`;
    case "message": return `${event.level === "warning" ? colors.yellow("!") : " "} ${event.text}`;
    case "stopped": return `Stopped after ${count(event.requests)} ${event.requests === 1 ? "request" : "requests"}.`;
  }
}

/** The stage while it runs; how it ended when it has: the stage that it ended in says nothing of that. */
function whereNow({ stage, state }: Extract<ServeEvent, { type: "rollout-moved" }>): string {
  return state === "running" || state === "paused" ? (stage ?? state) : state;
}

function whatAnswers({ live, standsIn }: Extract<ServeEvent, { type: "listening" }>): string {
  if (live !== null) return `version ${live} is live`;
  return standsIn === null ? "no version is live, the fallback answers" : `version ${standsIn.for} is live but cannot be loaded (${standsIn.why.replace(/\.$/, "")}); the fallback answers`;
}
