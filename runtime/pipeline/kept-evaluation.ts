/** What an earlier run found out about a model, with the predictions that it found it on: used only when all of it is what that run wrote. */
import { basename, dirname, join, relative } from "node:path";
import type { EvaluationResult } from "../evaluation/evaluate.ts";
import { hashIfReadable, sha256OfFile, writeAtomically } from "../registry/files.ts";
import { seal, unseal } from "../registry/sealed.ts";
import { readBytesIfThere } from "./read.ts";

export interface EvaluationRecord extends Pick<EvaluationResult, "slices" | "baselines" | "unseen" | "gates"> {
  readonly evaluation: string;
}

/** Part of the key: raised when what is kept has another form. */
export const keptFormat = 5;

interface Kept {
  readonly records: readonly EvaluationRecord[];
  /** Hashes of the predictions' files, by their paths from where this is kept. */
  readonly predictions: Readonly<Record<string, string>>;
}

/** Null when nothing was kept there, or when it is damaged, which is told. */
export async function keptEvaluation(path: string, key: string, onDamaged: (problem: string) => void, signal: AbortSignal): Promise<readonly EvaluationRecord[] | null> {
  const text = await readBytesIfThere(path);
  if (text === null) return null;
  const damaged = (problem: string): null => {
    onDamaged(problem);
    return null;
  };
  const kept = unseal<Kept>(key, text.toString("utf8"));
  if (kept === null) return damaged(`${basename(path)} is not what was written under this name`);
  for (const [file, sha256] of Object.entries(kept.predictions)) {
    const found = await hashIfReadable(join(dirname(path), file), signal);
    if (found !== sha256) return damaged(`${file} is ${found === null ? "missing or cannot be read" : "not what was written"}`);
  }
  return kept.records;
}

/** `predictions`: paths of the files that the records were made from. */
export async function keepEvaluation(path: string, key: string, records: readonly EvaluationRecord[], predictions: readonly string[], signal: AbortSignal): Promise<void> {
  const hashes: Record<string, string> = {};
  for (const file of predictions) hashes[relative(dirname(path), file)] = await sha256OfFile(file, signal);
  await writeAtomically(path, seal(key, { records, predictions: hashes } satisfies Kept));
}
