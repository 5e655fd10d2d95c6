import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../runtime/onnx/graph.ts";
import { decodeModel, readMetadata } from "../../../runtime/onnx/model-file.ts";
import { bool, doubles, float, floats, int64, int64s, strings } from "../../../runtime/onnx/tensor.ts";

describe("a graph becomes an ONNX model", () => {
  test("with inputs, nodes, outputs and the versions it needs", () => {
    const graph = new GraphBuilder("example");
    const x = graph.input("x", "float", ["N", 2]);
    graph.output(graph.node("Relu", [x]), "y", "float", ["N", 2]);
    const model = decodeModel(graph.toModel());
    expect(model).toMatchObject({ ir_version: 8, producer_name: "mlspec", opset_import: [{ domain: "", version: 18 }] });
    expect(model.graph.input).toEqual([{ name: "x", type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: "N" }, { dim_value: 2 }] } } } }]);
    expect(model.graph.node.map(({ op_type }) => op_type)).toEqual(["Relu", "Identity"]);
    expect(model.graph.output[0]?.name).toBe("y");
  });

  test("an operator of another domain brings its version", () => {
    const graph = new GraphBuilder("example");
    const s = graph.input("s", "string", ["N"]);
    graph.node("ai.onnx.ml.LabelEncoder", [s], { keys_strings: { strings: ["a"] }, values_int64s: { ints: [1] }, default_int64: { int: -1 } });
    const model = decodeModel(graph.toModel());
    expect(model.opset_import).toContainEqual({ domain: "ai.onnx.ml", version: 3 });
    expect(model.graph.node[0]).toMatchObject({ op_type: "LabelEncoder", domain: "ai.onnx.ml" });
  });

  test("metadata can be read back", () => {
    expect(readMetadata(new GraphBuilder("empty").toModel({ metadata: { spec: "déjà vu", empty: "" } }))).toEqual({ spec: "déjà vu", empty: "" });
  });

  test("attributes keep their kind: 1 is not 1.0", () => {
    const graph = new GraphBuilder("example");
    const x = graph.input("x", "float", [1]);
    graph.node("Op", [x], { i: { int: 1 }, f: { float: 1 }, s: { string: "é" }, is: { ints: [0, -1, 9_007_199_254_740_991n] }, fs: { floats: [0.5] }, zero: { int: 0 } });
    const attributes = Object.fromEntries((decodeModel(graph.toModel()).graph.node[0]?.attribute ?? []).map((a) => [a.name, a]));
    expect(attributes["i"]).toMatchObject({ type: 2, i: 1 });
    expect(attributes["f"]).toMatchObject({ type: 1, f: 1 });
    expect(Buffer.from(attributes["s"]?.s ?? []).toString()).toBe("é");
    expect(attributes["is"]).toMatchObject({ type: 7, ints: [0, -1, 9_007_199_254_740_991] });
    expect(attributes["fs"]).toMatchObject({ type: 6, floats: [0.5] });
    expect(attributes["zero"]).toMatchObject({ type: 2, i: 0 });
  });

  test("tensors keep every bit", () => {
    fc.assert(fc.property(fc.float32Array(), fc.float64Array(), fc.bigInt64Array(), fc.array(fc.string({ unit: "binary" })), (f, d, i, s) => {
      const graph = new GraphBuilder("example");
      [floats(f), doubles(d), int64s(i), strings(s.map((text) => text.toWellFormed()))].forEach((tensor, k) => graph.initializer(`t${k}`, tensor));
      const [tf, td, ti, ts] = decodeModel(graph.toModel()).graph.initializer;
      expect(Buffer.from(tf?.raw_data ?? [])).toEqual(Buffer.from(f.buffer, f.byteOffset, f.byteLength));
      expect(Buffer.from(td?.raw_data ?? [])).toEqual(Buffer.from(d.buffer, d.byteOffset, d.byteLength));
      expect(Buffer.from(ti?.raw_data ?? [])).toEqual(Buffer.from(i.buffer, i.byteOffset, i.byteLength));
      expect((ts?.string_data ?? []).map((bytes) => Buffer.from(bytes).toString())).toEqual(s.map((text) => text.toWellFormed()));
    }));
  });
});

describe("constants", () => {
  test("equal ones are kept once; different types, shapes and the sign of zero are different", () => {
    const graph = new GraphBuilder("example");
    expect(graph.constant(float(1))).toBe(graph.constant(float(1)));
    const different = [float(1), floats([1]), int64(1), bool(true), float(0), float(-0), float(NaN), strings(["1"])].map((tensor) => graph.constant(tensor));
    expect(new Set(different).size).toBe(different.length);
  });

  test("of a subgraph live in the outermost graph", () => {
    const graph = new GraphBuilder("outer");
    graph.subgraph("inner", (body) => void body.node("Neg", [body.constant(float(2))]));
    expect(decodeModel(graph.toModel()).graph.initializer.length).toBe(1);
  });
});

describe("mistakes are refused where they are made", () => {
  test("a name twice, across subgraphs too", () => {
    const graph = new GraphBuilder("example");
    graph.input("x", "float", []);
    expect(() => graph.input("x", "float", [])).toThrow("already has a value named 'x'");
    graph.subgraph("inner", (body) => expect(() => body.input("x", "float", [])).toThrow("already"));
  });

  test("a tensor whose shape and data disagree", () => {
    expect(() => floats([1, 2, 3], [2, 2])).toThrow("a tensor of shape [2, 2] needs 4 values, but 3 were given");
  });

  test("bytes that are no model", () => {
    expect(() => readMetadata(Buffer.from("This is not a model, it only looks like one."))).toThrow("not an ONNX model");
  });
});
