/** Versions as pickers and questions show them. */
import type { VersionStatus } from "../cli/status-report.ts";

export interface VersionItem {
  /** The version. */
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const;

/** `3 days ago`; `just now` within the minute. */
export function ago(iso: string, now: number): string {
  const passed = now - Date.parse(iso);
  const [unit, size] = units.find(([, ms]) => passed >= ms) ?? [];
  return unit === undefined ? "just now" : new Intl.RelativeTimeFormat("en").format(-Math.floor(passed / size), unit);
}

export const metricsOf = ({ metrics }: VersionStatus): string => Object.entries(metrics).map(([name, value]) => `${name} ${value?.toFixed(4) ?? "–"}`).join("  ");

/** `when` adds what else is known of its time. */
export function versionItem(version: VersionStatus, now: number, when = ""): VersionItem {
  return { label: version.version, description: [`registered ${ago(version.created, now)}`, when].filter(Boolean).join(", "), detail: metricsOf(version) };
}

/** For questions and answers; null is the fallback. */
export const nameOf = (version: string | null): string => (version === null ? "the fallback" : `version ${version}`);
