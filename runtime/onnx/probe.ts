/** Does ONNX Runtime load and compute on this machine? For `mlspec doctor`. */
import { GraphBuilder } from "./graph.ts";
import { openSession, runtimeVersion } from "./session.ts";
import { floats } from "./tensor.ts";

/** The library's version. Throws when it does not work. */
export async function probeOnnxRuntime(): Promise<string> {
  const graph = new GraphBuilder("probe");
  const x = graph.input("x", "float", [2]);
  graph.output(graph.node("Add", [x, x]), "y", "float", [2]);
  const session = await openSession(graph.toModel(), { threads: 1 });
  try {
    const { y } = await session.run({ x: floats([1, 2]) });
    if (y?.data.join() !== "2,4") throw new Error("it adds wrongly");
    return await runtimeVersion();
  } finally {
    await session.release();
  }
}
