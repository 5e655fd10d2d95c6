/**
 * What a rollout learns from a request: at most one observation of each arm, whatever number of rows it had there. Rows of one request fail
 * together (one stall, one run of the model), so they are one piece of evidence. What the server itself caused is counted in no arm.
 */
import type { Cause } from "./asking.ts";
import type { Group } from "./groups.ts";
import type { PredictorParts } from "./parts.ts";

/** A group with its answer. */
export interface Seen {
  readonly group: Group;
  /** Of each of its rows: the version failed it. */
  readonly failed: readonly boolean[];
  /** When rows were late: whose fault it was. */
  readonly lateBecause: Promise<Cause> | null;
  /** Which rows were late. */
  readonly late: readonly boolean[];
  /** Milliseconds: the version's own, without what the request waited for others. */
  readonly latencyMs: number;
}

/** What an arm shows of a request; `null` is nothing that says anything about the version. */
interface Shown {
  readonly failed: boolean;
  readonly uncounted: boolean;
}

/** Observes at once, unless the cause of a late answer is not known yet. */
export async function observeRequest(parts: PredictorParts, seen: readonly Seen[], units: readonly (string | null)[], standsFor: number): Promise<void> {
  if (seen.every(({ group }) => group.route.exposure === null)) return;
  const causes = new Map<Seen, Cause | null>();
  for (const each of seen) causes.set(each, each.lateBecause === null ? null : await each.lateBecause);
  const arms = Map.groupBy(seen, ({ group }) => group.arm);
  const shown = new Map([...arms].map(([arm, of]) => [arm, ofRow(drawnRow(of, standsFor), of, causes)] as const));
  // Late because of the server in one arm: the other's success was luck of the order, so it does not count either; a failure of its own does.
  const unfair = [...causes.values()].includes("server");
  for (const [arm, of] of arms) {
    const { exposure } = of[0]?.group.route ?? { exposure: null };
    const what = shown.get(arm);
    if (exposure === null || what === undefined) continue;
    const predictions = of.reduce((sum, { group }) => sum + group.rows.length, 0);
    if (what.uncounted || (unfair && !what.failed)) {
      parts.metrics.uncounted.inc({ arm: exposure.arm, code: "server" });
      parts.observer.uncounted(exposure, predictions);
      continue;
    }
    const row = drawnRow(of, standsFor);
    parts.observer.observe({
      exposure, unit: units[row] ?? null, standsForRequest: row === standsFor, failed: what.failed,
      latencyMs: Math.max(...of.map(({ latencyMs }) => latencyMs)), difference: null, predictions,
    });
  }
}

/** The row that was drawn for the request when it is in this arm, else one that is as arbitrary. */
function drawnRow(of: readonly Seen[], standsFor: number): number {
  const rows = of.flatMap(({ group }) => group.rows);
  return rows.includes(standsFor) ? standsFor : (rows[standsFor % rows.length] ?? 0);
}

function ofRow(row: number, of: readonly Seen[], causes: ReadonlyMap<Seen, Cause | null>): Shown {
  for (const seen of of) {
    const i = seen.group.rows.indexOf(row);
    if (i < 0) continue;
    const late = seen.late[i] === true;
    return { failed: seen.failed[i] === true && (!late || causes.get(seen) === "version"), uncounted: late && causes.get(seen) === "server" };
  }
  return { failed: false, uncounted: true };
}
