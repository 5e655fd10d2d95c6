import { resolve } from "node:path";
import { MlspecError } from "../../runtime/errors.ts";
import { keepPrivate } from "../../runtime/pipeline/private-state.ts";
import { stateFolder } from "../../runtime/pipeline/state-folder.ts";
import { startService, type ServiceOptions } from "../../runtime/service/start-service.ts";
import { dataFolder } from "../data-folder.ts";
import { count } from "../draw/numbers.ts";
import { exit, shortPath } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { loadValid, onlyOne, specPath } from "../spec.ts";
import type { ServeEvent } from "../../runtime/service/events.ts";
import type { Terminal } from "../terminal.ts";
import { version } from "../version.ts";

interface Options extends RuntimeOptions {
  readonly port: number;
  readonly host: string;
  readonly service?: string;
  readonly timeScale: number;
  readonly events?: "ndjson";
  readonly tokenFile?: string;
  readonly predictTokenFile?: string;
  readonly allowHost: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureOpenPredictions?: boolean;
}

/** Serves until it is interrupted, then answers what is under way and ends. */
export async function serve(file: string, { options, terminal, signal }: Call<Options>): Promise<number> {
  checkNumbers(options);
  const path = specPath(file, terminal.cwd);
  const spec = await loadValid(path, terminal);
  const service = onlyOne(spec.services, options.service, "service");
  const emit = (event: ServeEvent): void => terminal.out(options.events === "ndjson" ? `${JSON.stringify(event)}\n` : `${textOf(event, terminal)}\n`);
  const folder = stateFolder(path, options.state);
  keepPrivate(folder);
  const running = await startService({
    spec, service: service.name, folder, dataFolder: dataFolder(options.data, path), host: options.host, port: options.port,
    access: accessOf(options, terminal), timeScale: options.timeScale, serverVersion: version, emit, signal,
  });
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await running.stop();
  return exit.ok;
}

/** Tokens come from files or the environment: an argument's value is shown to everyone on the machine. */
function accessOf(options: Options, { cwd, env }: Terminal): ServiceOptions["access"] {
  const { tlsCert, tlsKey } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new MlspecError("bad-argument", "--tls-cert and --tls-key go together");
  const token = (file: string | undefined, variable: string) => ({ file: file === undefined ? undefined : resolve(cwd, file), text: env[variable], variable });
  return {
    allowHosts: options.allowHost, openToAll: options.insecureOpenPredictions === true,
    token: token(options.tokenFile, "MLSPEC_TOKEN"), predictionsToken: token(options.predictTokenFile, "MLSPEC_PREDICT_TOKEN"),
    tls: tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey) },
  };
}

function checkNumbers({ port, timeScale }: Options): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new MlspecError("bad-argument", `--port must be a whole number from 0 to 65535`);
  if (!(timeScale > 0) || !Number.isFinite(timeScale)) throw new MlspecError("bad-argument", `--time-scale must be a number above 0`);
}

function textOf(event: ServeEvent, { colors, cwd }: Terminal): string {
  switch (event.type) {
    case "listening": return `${colors.green("✓")} ${event.service} listens on ${colors.bold(event.url)}; ${event.live === null ? "no version is live, the fallback answers" : `version ${event.live} is live`}. ${event.tokenFile === null ? "" : `Outcomes need the token in ${shortPath(event.tokenFile, cwd)}. `}Ctrl-C ends it.`;
    case "rollout-moved": return `${colors.cyan("↻")} ${event.rollout}: ${event.stage ?? event.state}. ${event.reason}`;
    case "message": return `${event.level === "warning" ? colors.yellow("!") : " "} ${event.text}`;
    case "stopped": return `Stopped after ${count(event.requests)} ${event.requests === 1 ? "request" : "requests"}.`;
  }
}
