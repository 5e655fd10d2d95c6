import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../runtime/onnx/graph.ts";
import { openSession, type Tensors } from "../../../runtime/onnx/session.ts";
import { probeOnnxRuntime } from "../../../runtime/onnx/probe.ts";
import { bool, bools, doubles, float, floats, int32s, int64, int64s, strings, type Tensor, type TensorType } from "../../../runtime/onnx/tensor.ts";

async function outputsOf(build: (graph: GraphBuilder) => void, feeds: Tensors = {}): Promise<Tensors> {
  const graph = new GraphBuilder("test");
  build(graph);
  const session = await openSession(graph.toModel());
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

describe("ONNX Runtime reads what the graph builder writes", () => {
  const tensors: readonly Tensor[] = [floats([1.5, -0]), doubles([Math.PI, NaN]), int64s([2n ** 63n - 1n, -1n]), int32s([1, -2]), bools([true, false]), strings(["", "naïve ☃"])];

  test.each(tensors.map((tensor) => [tensor.type, tensor] as const))("%s tensors: as input, as constant and as output", async (type: TensorType, tensor) => {
    const outputs = await outputsOf((graph) => {
      graph.output(graph.input("x", type, [2]), "same", type, [2]);
      graph.output(graph.initializer("c", tensor), "constant", type, [2]);
    }, { x: tensor });
    expect(outputs["same"]).toEqual(tensor);
    expect(outputs["constant"]).toEqual(tensor);
  });

  test("a loop whose body reads the outer graph, carries a value and collects another", async () => {
    const { total, each } = await outputsOf((graph) => {
      const x = graph.input("x", "float", []);
      const body = graph.subgraph("body", (g) => {
        g.input("i", "int64", []);
        const go = g.input("go", "bool", []);
        const next = g.node("Add", [g.input("sum", "float", []), x]);
        g.output(go, "go_on", "bool", []);
        g.output(next, "next", "float", []);
        g.output(g.node("Mul", [next, next]), "squared", "float", []);
      });
      const [sum, squares] = graph.nodes("Loop", [graph.constant(int64(3)), graph.constant(bool(true)), graph.constant(float(0))], 2, { body: { graph: body } });
      if (sum !== undefined) graph.output(sum, "total", "float", []);
      if (squares !== undefined) graph.output(squares, "each", "float", ["S"]);
    }, { x: float(2) });
    expect(total).toEqual(float(6));
    expect(each).toEqual(floats([4, 16, 36]));
  });

  test("a session tells its inputs and outputs", async () => {
    const graph = new GraphBuilder("test");
    graph.output(graph.input("x", "string", ["N", 1]), "y", "string", ["N", 1]);
    const session = await openSession(graph.toModel());
    expect(session.inputs).toEqual([{ name: "x", type: "string", shape: ["N", 1] }]);
    expect(session.outputs).toEqual([{ name: "y", type: "string", shape: ["N", 1] }]);
    await session.release();
  });

  test("a session leaves JavaScript's own arithmetic alone, the smallest numbers included", async () => {
    await outputsOf((graph) => graph.output(graph.input("x", "float", []), "y", "float", []), { x: float(1) });
    expect(Number.MIN_VALUE * Math.ceil(performance.now())).toBeGreaterThan(0);
  });

  test("the probe of `mlspec doctor` names the library's version", async () => {
    expect(await probeOnnxRuntime()).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe("broken models and requests", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "mlspec-onnx-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const model = () => {
    const graph = new GraphBuilder("test");
    const x = graph.input("x", "float", ["N", 2]);
    graph.output(graph.node("MatMul", [x, graph.initializer("w", floats([1, 2], [2, 1]))]), "y", "float", ["N", 1]);
    return graph.toModel();
  };

  test("a file that is missing, empty, cut off or no model is `model-unreadable`, with its path", async () => {
    const path = join(folder, "model.onnx");
    await expect(openSession(path)).rejects.toMatchObject({ code: "model-unreadable", message: expect.stringContaining(path) as string });
    writeFileSync(path, "no model");
    await expect(openSession(path)).rejects.toMatchObject({ code: "model-unreadable" });
    writeFileSync(path, model());
    truncateSync(path, 60);
    await expect(openSession(path)).rejects.toMatchObject({ code: "model-unreadable" });
  });

  test("an operator that does not exist is `model-unreadable`", async () => {
    const graph = new GraphBuilder("test");
    graph.output(graph.node("NoSuchOperator", [graph.input("x", "float", [])]), "y", "float", []);
    await expect(openSession(graph.toModel())).rejects.toMatchObject({ code: "model-unreadable", message: expect.stringContaining("NoSuchOperator") as string });
  });

  test("an input of the wrong shape is `model-failed`, and the session still works", async () => {
    const session = await openSession(model());
    await expect(session.run({ x: floats([1, 2, 3], [1, 3]) })).rejects.toMatchObject({ code: "model-failed" });
    expect((await session.run({ x: floats([1, 2], [1, 2]) }))["y"]).toEqual(floats([5], [1, 1]));
    await session.release();
  });
});
