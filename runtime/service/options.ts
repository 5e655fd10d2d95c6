/** What `mlspec serve` is told, and what putting its parts together gives. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { messageOf } from "../errors.ts";
import type { StateFolder } from "../pipeline/state-folder.ts";
import { openAccess, type Access, type AccessOptions } from "../serving/access/access.ts";
import { isLoopback } from "../serving/access/hosts.ts";
import type { Server } from "../serving/server.ts";
import type { ServeEvent } from "./events.ts";

export interface ServiceOptions {
  readonly spec: CompiledSpec;
  readonly service: string;
  readonly folder: StateFolder;
  readonly dataFolder: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly access: Omit<AccessOptions, "host" | "ownTokenFile">;
  /** Rollouts see time pass this many times faster. */
  readonly timeScale: number;
  readonly serverVersion: string;
  /** Refuse to start where a part of it would only stand in for what is declared, and be unready when that comes later. */
  readonly strict: boolean;
  /** What is not as it should be from the start (the spec has errors, and an earlier one is served), for health and `status`. */
  readonly notices: readonly string[];
  readonly emit: (event: ServeEvent) => void;
  readonly signal: AbortSignal;
}

/** Steps that take the parts down again, in the order in which these came up. */
export type Undo = (() => unknown)[];

export interface Assembled {
  readonly url: string;
  readonly server: Server;
}

export type Say = (level: "info" | "warning", text: string) => void;

export const monotonic = (): number => performance.now();

export const sayTo = (emit: ServiceOptions["emit"]): Say => (level, text) => emit({ type: "message", level, text });

export const troubleTo = (say: Say) => (error: unknown, doing: string): void => say("warning", `${doing}: ${messageOf(error)}`);

export function accessOf(options: ServiceOptions, ownTokenFile: string): Access {
  return openAccess({ ...options.access, host: options.host, ownTokenFile }, { now: Date.now, monotonic }, troubleTo(sayTo(options.emit)));
}

/** Opens the port and tells. */
export async function listen({ host, port, service, emit }: ServiceOptions, server: Server, access: Access): Promise<string> {
  const url = await server.listen({ host, port });
  const { live, answering, whyNotLive, problems } = server.health();
  const standsIn = live === null || whyNotLive === null ? null : { for: live, why: whyNotLive };
  emit({ type: "listening", url, service, live: live === answering ? live : null, standsIn, tokenFile: access.service.file });
  for (const problem of problems) sayTo(emit)("warning", problem);
  if (!isLoopback(host) && access.tls === null) sayTo(emit)("warning", `${url} is not encrypted: tokens and requests can be read on the way. Give --tls-cert and --tls-key, or put a proxy before it that does.`);
  return url;
}
