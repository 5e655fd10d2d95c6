/** The recorder's journal as files of the state folder: appended to, taken up after a crash, and deleted once what is in them is counted. */
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { readPlainFile } from "../registry/files.ts";
import { readEvidenceLine } from "../rollout/evidence-line.ts";
import type { EvidenceJournal, Recorder } from "../rollout/recorder.ts";
import { Journal } from "../serving/log/journal.ts";

/** A file of more is ended, so that it can be deleted: some ten thousand requests. */
const MOST_BYTES = 2 ** 20;

const header = JSON.stringify({ journal: 1, stream: "evidence" });

/** `onFailure`: a line could not be written (a full disk); it is counted all the same, unless the process is killed. */
export function openEvidenceJournal(folder: string, prefix: string, onFailure: (problem: string) => void): EvidenceJournal {
  const journal = new Journal(folder, prefix, header, (problem) => {
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

/**
 * At start, before anything is observed. A file that is damaged is taken up as far as it can be read, and kept as `….damaged`.
 * Resolves with what could not be taken up, in words.
 */
export async function recoverEvidence(folder: string, recorder: Pick<Recorder, "recover">): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".journal")).sort();
  const files = await Promise.all(names.map((name) => readJournal(join(folder, name))));
  recorder.recover(files.flatMap(({ lines }) => lines));
  for (const { path, problem } of files) await (problem === null ? rm(path, { force: true }) : rename(path, `${path}.damaged`));
  return files.flatMap(({ path, problem }) => (problem === null ? [] : [`${problem}: what they say about the rollout is not counted; the file is kept as ${path}.damaged`]));
}

interface ReadJournal {
  readonly path: string;
  readonly lines: readonly string[];
  /** Null of a file that is whole, or was torn at its end when the process was killed. */
  readonly problem: string | null;
}

async function readJournal(path: string): Promise<ReadJournal> {
  try {
    const lines = (await readPlainFile(path)).toString("utf8").split("\n");
    const unreadable = unreadableLines(lines);
    return { path, lines, problem: unreadable === 0 ? null : `${unreadable} ${unreadable === 1 ? "line" : "lines"} of the evidence journal ${path} cannot be read` };
  } catch (error) {
    return { path, lines: [], problem: `no line of the evidence journal ${path} can be read (${messageOf(error)})` };
  }
}

/** The last line ends with the file when the process was killed while it wrote: that answer never went out. */
function unreadableLines(lines: readonly string[]): number {
  const last = lines.length - 1;
  const isSound = (line: string, index: number): boolean => {
    if (index === last && (line === "" || line.startsWith("["))) return true;
    if (index === 0) return line === header || (last === 0 && header.startsWith(line));
    return readEvidenceLine(line) !== null;
  };
  return lines.filter((line, index) => !isSound(line, index)).length;
}
