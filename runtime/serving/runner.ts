/** Runs one version of a model on rows: feeds in, predictions out. */
import type { SignatureInput } from "../export/signature.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import { openSession } from "../onnx/session.ts";
import type { ModelRows } from "./batcher.ts";
import type { Contract } from "./contract.ts";
import { predictionsOf } from "./prediction.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export interface ModelRunner {
  run(rows: ModelRows): Promise<readonly Prediction[]>;
  release(): Promise<void>;
}

/** In this thread: the least overhead, and right while a run takes well under a millisecond. */
export async function openRunner(onnx: Uint8Array, inputs: readonly SignatureInput[], contract: Contract): Promise<ModelRunner> {
  const session = await openSession(onnx, { threads: 1 });
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
