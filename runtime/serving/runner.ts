/** Runs one version of a model on rows: feeds in, predictions out. */
import { MlspecError } from "../errors.ts";
import type { SignatureInput } from "../export/signature.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import { openSession } from "../onnx/session.ts";
import type { Session } from "../onnx/session.ts";
import { openThreadedSession } from "../onnx/threaded-session.ts";
import type { ModelRows } from "./batcher.ts";
import type { Contract } from "./contract.ts";
import { predictionsOf } from "./prediction.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export interface ModelRunner {
  run(rows: ModelRows): Promise<readonly Prediction[]>;
  release(): Promise<void>;
}

/** A model that takes longer than this for one row runs in a thread of its own, so that the server keeps its timeouts. */
const longestInlineMs = 2;

/** Opened and warmed up. @throws MlspecError when the model cannot be opened or cannot answer a plain row. */
export async function openRunner(
  onnx: Uint8Array, inputs: readonly SignatureInput[], contract: Contract, monotonic: () => number,
): Promise<ModelRunner> {
  const inline = runnerOf(await openSession(onnx, { threads: 1 }), inputs, contract);
  const row = [plainRow(contract)];
  try {
    await warmUp(inline, row);
    // The quickest of a few: a busy machine makes any one of them slow.
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = monotonic();
      await warmUp(inline, row);
      if (monotonic() - before <= longestInlineMs) return inline;
    }
  } catch (error) {
    await inline.release();
    throw error;
  }
  await inline.release();
  const threaded = runnerOf(await openThreadedSession(onnx), inputs, contract);
  await warmUp(threaded, row);
  return threaded;
}

/** The row is made up: that the model's answer to it is no finite number proves nothing. */
async function warmUp(runner: ModelRunner, row: ModelRows): Promise<void> {
  await runner.run(row).catch((error: unknown) => {
    if (!(error instanceof MlspecError) || error.code !== "model-output-invalid") throw error;
  });
}

function runnerOf(session: Session, inputs: readonly SignatureInput[], contract: Contract): ModelRunner {
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
      return predictionsOf(await session.run(feeds), rows.length);
    },
    release: () => session.release(),
  };
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
