/** The recorder's journal as files of the state folder: appended to, taken up after a crash, and deleted once what is in them is counted. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceJournal, Recorder } from "../rollout/recorder.ts";
import { Journal } from "../serving/log/journal.ts";

/** A file of more is ended, so that it can be deleted: some ten thousand requests. */
const MOST_BYTES = 2 ** 20;

/** `onFailure`: a line could not be written (a full disk); it is counted all the same, unless the process is killed. */
export function openEvidenceJournal(folder: string, prefix: string, onFailure: (problem: string) => void): EvidenceJournal {
  const journal = new Journal(folder, prefix, JSON.stringify({ journal: 1, stream: "evidence" }), (problem) => {
    if (problem !== null) onFailure(problem);
  });
  let bytes = 0;
  let ended: readonly string[] = [];
  let ending = false;
  return {
    append(line) {
      bytes += line.length;
      return journal.append(line);
    },
    counted() {
      // They were ended before, so that what they hold is counted by now.
      for (const path of ended) void rm(path, { force: true }).catch(() => undefined); // looked at again at the next start
      ended = [];
      if (bytes < MOST_BYTES || ending) return;
      [bytes, ending] = [0, true];
      void journal.rotate().then((files) => {
        ended = files;
        ending = false;
      });
    },
  };
}

/** At start, before anything is observed. */
export async function recoverEvidence(folder: string, recorder: Pick<Recorder, "recover">): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".journal")).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(...(await readFile(join(folder, name), "utf8")).split("\n"));
  recorder.recover(lines);
  for (const name of names) await rm(join(folder, name), { force: true });
}
