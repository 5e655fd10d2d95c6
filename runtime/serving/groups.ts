/** The rows of a request by who answers them: each unit is routed once, and all rows of an arm are answered together. */
import type { ErrorCode } from "../codes.ts";
import { position } from "../rollout/assignment.ts";
import { exposureText } from "../rollout/exposure.ts";
import type { Route } from "../rollout/exposure.ts";
import type { Contract } from "./contract.ts";
import type { PredictorParts } from "./parts.ts";
import type { PredictionRequest } from "./request.ts";
import { RequestError } from "./request-error.ts";
import { exampleReader } from "./rows.ts";
import type { Example } from "./rows.ts";
import type { Pace } from "./turns.ts";
import type { OpenVersion } from "./versions.ts";

export interface Group {
  readonly rows: readonly number[];
  readonly route: Route;
  readonly arm: string;
  /** Null: no version answers, only the fallback. */
  readonly version: OpenVersion | null;
  readonly contract: Contract;
  /** In the order of `rows`. */
  readonly examples: readonly Example[];
  /** Why the model is not even asked. */
  readonly refusal: ErrorCode | null;
}

export interface Grouped {
  readonly groups: readonly Group[];
  /** Of each row; where the spec says so, pseudonyms. */
  readonly units: readonly (string | null)[];
  /** A row drawn without looking at anything: its unit stands for the request where arms are compared. */
  readonly standsFor: number;
}

/** Rows that one route answers. */
interface Routed {
  readonly route: Route;
  readonly arm: string;
  readonly version: OpenVersion | null;
  readonly rows: number[];
}

/** Everything is checked before anything runs. @throws RequestError. */
export async function groupsOf(parts: PredictorParts, request: PredictionRequest, pinned: OpenVersion | null, id: string, draw: number, pace: Pace): Promise<Grouped> {
  const { router } = parts;
  const unitField = router.unit() ?? parts.unit;
  const column = unitField === null ? undefined : request.columns.get(unitField);
  const units = new Array<string | null>(request.rows).fill(null);
  const byUnit = new Map<string | null, Routed>();
  const byRoute = new Map<string, Routed>();
  await pace.each(request.rows, (row) => {
    const unit = unitText(column?.at(row));
    units[row] = parts.unitAs(unit, unitField);
    let routed = byUnit.get(unit);
    if (routed === undefined) byUnit.set(unit, (routed = routedBy(parts, pinned, pinned === null ? router.route(unit, id) : pinnedRoute(pinned), byRoute)));
    routed.rows.push(row);
  });
  const now = BigInt(Math.round(parts.clock.now() * 1000));
  const groups: Group[] = [];
  for (const routed of byRoute.values()) groups.push(...(await checked(parts, request, routed, now, pace)));
  if (request.rows === 1) return { groups, units, standsFor: 0 };
  // By a draw of its own, so that it has nothing to do with the arms; ids may repeat, draws do not.
  const standsFor = Math.floor(position(`row ${draw}`, id) * request.rows);
  // Whoever is computed first waits for nobody: each arm is first as often as the other.
  return { groups: position(`order ${draw}`, id) < 0.5 ? groups : groups.reverse(), units, standsFor };
}

function routedBy(parts: PredictorParts, pinned: OpenVersion | null, route: Route, byRoute: Map<string, Routed>): Routed {
  const arm = pinned !== null ? "pinned" : route.exposure === null ? "live" : exposureText(route.exposure);
  const key = `${arm} ${route.serve ?? ""} ${route.shadow ?? ""}`; // what is live may change while a long request is routed
  let routed = byRoute.get(key);
  if (routed === undefined) {
    const version = pinned ?? (route.serve === null ? null : (parts.versions.get(route.serve) ?? null));
    byRoute.set(key, (routed = { route, arm, version, rows: [] }));
  }
  return routed;
}

/** One group, and one more of the rows that a candidate cannot take although others can. */
async function checked(parts: PredictorParts, request: PredictionRequest, { route, arm, version, rows }: Routed, now: bigint, pace: Pace): Promise<readonly Group[]> {
  const contract = version?.contract ?? parts.fallbackContract;
  const plain = parts.fallbackContract;
  const taken: { readonly row: number; readonly example: Example }[] = [];
  const refused: { readonly row: number; readonly example: Example; readonly code: ErrorCode }[] = [];
  const reader = readerOf(request, contract, now);
  const readPlainly = readerOf(request, plain, now);
  await pace.each(rows.length, (i) => {
    const row = rows[i] ?? 0;
    try {
      taken.push({ row, example: reader(row) });
    } catch (error) {
      // A candidate that asks for more than the version beside it must not turn users away: that is the candidate's failure.
      if (!(error instanceof RequestError) || route.exposure?.arm !== "candidate" || !someoneElseAccepts(parts, request, row, version, now)) throw error;
      refused.push({ row, example: readPlainly(row), code: error.code });
    }
  });
  const group = (of: readonly { readonly row: number; readonly example: Example }[], by: Contract, refusal: ErrorCode | null): Group =>
    ({ rows: of.map(({ row }) => row), route, arm, version, contract: by, examples: of.map(({ example }) => example), refusal });
  const groups = taken.length === 0 ? [] : [group(taken, contract, route.serve !== null && version === null ? "version-not-loaded" : null)];
  return refused.length === 0 ? groups : [...groups, group(refused, plain, refused[0]?.code ?? null)];
}

/** What is wrong with a whole column is told with the first row that is read. */
function readerOf(request: PredictionRequest, contract: Contract, now: bigint): (row: number) => Example {
  let reader: ((row: number) => Example) | null = null;
  return (row) => (reader ??= exampleReader(request, contract, now))(row);
}

function someoneElseAccepts(parts: PredictorParts, request: PredictionRequest, row: number, version: OpenVersion | null, now: bigint): boolean {
  return parts.versions.list().some((other) => {
    if (other === version) return false;
    try {
      exampleReader(request, other.contract, now)(row);
      return true;
    } catch {
      return false;
    }
  });
}

function pinnedRoute(version: OpenVersion): Route {
  return { serve: version.version, shadow: null, exposure: null, shadowExposure: null };
}

function unitText(value: unknown): string | null {
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}
