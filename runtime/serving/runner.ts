/** Runs one version of a model on rows: feeds in, predictions out, with the processor time that it took. */
import type { ModelSignature } from "../export/signature.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import { openSession } from "../onnx/session.ts";
import type { Session, Tensors } from "../onnx/session.ts";
import { openThreadedSession } from "../onnx/threaded-session.ts";
import type { TimedRun } from "../onnx/threaded-session.ts";
import type { ModelRows, ModelRun } from "./batcher.ts";
import type { Contract } from "./contract.ts";
import { predictionsOf } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export interface ModelRunner {
  run(rows: ModelRows): Promise<ModelRun>;
  /** A run holds the event loop until it is done. */
  readonly inline: boolean;
  /** What one row took when it was warmed up. */
  readonly msOfOneRow: number;
  /** What each further row of a run added then; null where a run of more was not tried. */
  readonly msOfMore: number | null;
  release(): Promise<void>;
}

/** A model that takes longer than this for one row runs in a thread of its own, so that the server keeps its timeouts. */
const longestInlineMs = 2;
const longestWarmUpMs = 200;

/**
 * Opened and warmed up, with one row and with as many as a run may have. `threaded`: in a thread of its own however quick it is.
 * @throws MlspecError when the model cannot be opened or cannot answer a plain row.
 */
export async function openRunner(
  onnx: Uint8Array, signature: Pick<ModelSignature, "inputs" | "classes">, contract: Contract, rows: number, threaded: boolean,
): Promise<ModelRunner> {
  const row = plainRow(contract);
  const inline = runnerOf(await openSession(onnx, { threads: 1 }), signature, contract, timedInline);
  let quickest = Infinity;
  try {
    // The quickest of a few: the first runs allocate, and any one may be disturbed.
    for (let attempt = 0; attempt < 6 && (attempt < 2 || quickest > longestInlineMs); attempt++) {
      quickest = Math.min(quickest, (await inline.run([row])).ownMs);
    }
    if (!threaded && quickest <= longestInlineMs) {
      const batch = batchOf(row, rows, quickest);
      const runs = [await inline.run(batch), await inline.run(batch)];
      return { ...inline, inline: true, msOfOneRow: quickest, msOfMore: msOfMore(quickest, Math.min(...runs.map((run) => run.ownMs)), batch.length) };
    }
  } catch (error) {
    await inline.release();
    throw error;
  }
  await inline.release();
  const session = await openThreadedSession(onnx);
  const runner = runnerOf(session, signature, contract, (feeds) => session.timed(feeds));
  const { ownMs } = await runner.run([row]);
  const batch = batchOf(row, rows, ownMs);
  const more = await runner.run(batch);
  return { ...runner, inline: false, msOfOneRow: quickest, msOfMore: msOfMore(Math.min(quickest, ownMs), more.ownMs, batch.length) };
}

/** A version that is new has to know it as one does that has served for long: else it divides its first requests among more runs, and is late where the other is not. */
const msOfMore = (ofOneRow: number, ofBatch: number, rows: number): number | null => (rows < 2 ? null : Math.max(0, (ofBatch - ofOneRow) / (rows - 1)));

/** A full run, or as much of one as does not hold up the start. */
function batchOf(row: readonly Scalar[], rows: number, msPerRow: number): ModelRows {
  return new Array<typeof row>(Math.max(1, Math.min(rows, Math.floor(longestWarmUpMs / Math.max(msPerRow, 1e-3))))).fill(row);
}

type Timed = (feeds: Tensors, session: Session) => Promise<TimedRun>;

function runnerOf(session: Session, { inputs, classes }: Pick<ModelSignature, "inputs" | "classes">, contract: Contract, timed: Timed): Pick<ModelRunner, "run" | "release"> {
  const columnOf = new Map(contract.columns.map((column, i) => [column.name, i]));
  const column = (rows: ModelRows, name: string): { values: Scalar[] } => {
    const at = columnOf.get(name) ?? -1;
    const values = new Array<Scalar>(rows.length);
    for (let row = 0; row < rows.length; row++) values[row] = rows[row]?.[at] ?? null;
    return { values };
  };
  return {
    async run(rows) {
      const feeds = feedsFromColumns(inputs, (name) => column(rows, name), rows.length);
      const { tensors, wallMs, processorMs } = await timed(feeds, session);
      return { results: predictionsOf(tensors, rows.length, classes), ownMs: Math.min(wallMs, processorMs + tickMs), processorMs: Math.min(wallMs, processorMs) };
    },
    release: () => session.release(),
  };
}

/**
 * A run takes its time on the clock, unless the machine did something else meanwhile: then it takes its thread's processor time. Operating systems keep
 * that by the tick (4 ms or 10 ms on Linux), so only what is longer by more than a tick was disturbed.
 */
const tickMs = 10;

/** ONNX Runtime runs in an immediate of its own; the one before it and the first reaction after it frame it. */
async function timedInline(feeds: Tensors, session: Session): Promise<TimedRun> {
  let before = { wall: performance.now(), cpu: process.threadCpuUsage() };
  setImmediate(() => { before = { wall: performance.now(), cpu: process.threadCpuUsage() }; });
  const tensors = await session.run(feeds);
  const wallMs = performance.now() - before.wall;
  const { user, system } = process.threadCpuUsage(before.cpu);
  return { tensors, wallMs, processorMs: (user + system) / 1000 };
}

/** A row that any model must be able to answer: to warm a session up, and to find out at once that it cannot run. */
export function plainRow(contract: Contract): readonly Scalar[] {
  return contract.columns.map(({ kind, nullable }): Scalar => {
    if (nullable) return null;
    switch (kind) {
      case "bool": return false;
      case "string": return "";
      case "float": return 1;
      case "int": case "duration": return 1;
      case "timestamp": case "date": return 0n;
    }
  });
}
