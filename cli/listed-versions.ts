/** Versions of a model with whether they could answer: what `versions` and `status` say of them is the same. */
import type { ListedVersion, Registry } from "../runtime/registry/registry.ts";
import { problemOfVersion } from "../runtime/serving/check-version.ts";
import type { SpecAtHand } from "./spec.ts";

export interface CheckedVersion {
  readonly version: string;
  /** Null when it cannot be trusted. */
  readonly manifest: ListedVersion["manifest"];
  /** Why it could not answer if it were live. */
  readonly problem: string | null;
}

/** Newest first. One after the other, since each is opened as for serving. A spec with errors is no measure of what a version must fit. */
export async function listedVersions(registry: Registry, model: string, { spec, problem: ofSpec }: Pick<SpecAtHand, "spec" | "problem">): Promise<readonly CheckedVersion[]> {
  const checked: CheckedVersion[] = [];
  for (const { version, manifest, problem } of await registry.list(model)) {
    checked.push({ version, manifest, problem: problem?.message ?? (await problemOfVersion({ registry, model, spec: ofSpec === null ? spec : null }, version)) });
  }
  return checked;
}
