/**
 * Builds ONNX graphs. Values are opaque; pieces of a model (preprocessing, network) are functions that take a builder and
 * values and return values, so that they end up in one graph. Operators: https://onnx.ai/onnx/operators/.
 */
import Long from "long";
import { MlspecError } from "../errors.ts";
import { encodeModel, type AttributeProto, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./model-file.ts";
import type { Tensor, TensorType } from "./tensor.ts";

declare const opaque: unique symbol;
/** Something computed in a graph. */
export type Value = string & { readonly [opaque]: "value" };

/** A body for `Loop`, `If` or `Scan`. */
export interface Subgraph {
  readonly [opaque]: "subgraph";
}

/** ONNX distinguishes 1 from 1.0: each attribute says what it is. */
type Attribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor }
  | { readonly graph: Subgraph };
export type Attributes = Readonly<Record<string, Attribute>>;

/** A number, or a name for a size known at run time. */
export type Dimension = number | string;

/** Every ONNX Runtime since 1.14 (2023) reads these. */
const OPSET = 18;
const ML_OPSET = 3;
const IR_VERSION = 8;

export interface ModelOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly opset?: number;
  readonly irVersion?: number;
}

/** Shared by a graph and its subgraphs: names are unique throughout, as ONNX asks. */
interface Names {
  readonly taken: Set<string>;
  readonly domains: Set<string>;
}

const elementTypes: Readonly<Record<TensorType, number>> = { float: 1, int32: 6, int64: 7, string: 8, bool: 9, double: 11 };
const utf8 = new TextEncoder();

export class GraphBuilder {
  readonly #name: string;
  readonly #names: Names;
  readonly #outer: GraphBuilder | null;
  readonly #nodes: NodeProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #constants = new Map<string, Value>();

  constructor(name: string, outer: GraphBuilder | null = null) {
    this.#name = name;
    this.#outer = outer;
    this.#names = outer === null ? { taken: new Set(), domains: new Set() } : outer.#names;
  }

  input(name: string, type: TensorType, shape: readonly Dimension[]): Value {
    const value = this.#take(name);
    this.#inputs.push(valueInfo(value, type, shape));
    return value;
  }

  /** Named data of the model: a weight, a vocabulary. */
  initializer(name: string, tensor: Tensor): Value {
    const value = this.#take(name);
    this.#initializers.push({ name: value, ...tensorProto(tensor) });
    return value;
  }

  /** Unnamed data; equal small constants are kept once, in the outermost graph. */
  constant(tensor: Tensor): Value {
    if (this.#outer !== null) return this.#outer.constant(tensor);
    if (tensor.data.length > 16) return this.initializer(this.#fresh("constant"), tensor);
    const key = JSON.stringify([tensor.type, tensor.shape, Array.from(tensor.data as Iterable<unknown>, (x) => (Object.is(x, -0) ? "-0" : String(x)))]);
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.initializer(this.#fresh("constant"), tensor);
    this.#constants.set(key, value);
    return value;
  }

  /** An operator with one output. Operators of another domain are written in full: `ai.onnx.ml.LabelEncoder`. */
  node(operator: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.nodes(operator, inputs, 1, attributes)[0] as Value;
  }

  /** An operator with `outputs` outputs. */
  nodes(operator: string, inputs: readonly Value[], outputs: number, attributes: Attributes = {}): Value[] {
    const dot = operator.lastIndexOf(".");
    const [domain, type] = [operator.slice(0, Math.max(dot, 0)), operator.slice(dot + 1)];
    this.#names.domains.add(domain);
    const results = Array.from({ length: outputs }, () => this.#take(this.#fresh(type)));
    this.#nodes.push({
      name: `${results[0] ?? type}_node`, op_type: type, domain, input: [...inputs], output: [...results],
      attribute: Object.entries(attributes).map(([name, attribute]) => attributeProto(name, attribute)),
    });
    return results;
  }

  /** Makes `value` an output under `name`. */
  output(value: Value, name: string, type: TensorType, shape: readonly Dimension[]): void {
    const named = this.#take(name);
    this.#nodes.push({ name: `${named}_node`, op_type: "Identity", domain: "", input: [value], output: [named], attribute: [] });
    this.#names.domains.add("");
    this.#outputs.push(valueInfo(named, type, shape));
  }

  /** A body for `Loop`, `If` or `Scan`; it may read the values of this graph. */
  subgraph(name: string, build: (body: GraphBuilder) => void): Subgraph {
    const body = new GraphBuilder(name, this);
    build(body);
    return body.#toGraph() as unknown as Subgraph;
  }

  toModel(options: ModelOptions = {}): Uint8Array {
    const { metadata = {}, opset = OPSET, irVersion = IR_VERSION } = options;
    const domains = [...new Set(["", ...this.#names.domains])];
    return encodeModel({
      ir_version: irVersion,
      producer_name: "mlspec",
      opset_import: domains.map((domain) => ({ domain, version: domain === "" ? opset : domain === "ai.onnx.ml" ? ML_OPSET : 1 })),
      graph: this.#toGraph(),
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
  }

  #toGraph(): GraphProto {
    return { name: this.#name, node: this.#nodes, initializer: this.#initializers, input: this.#inputs, output: this.#outputs };
  }

  #take(name: string): Value {
    if (name === "" || this.#names.taken.has(name)) throw new MlspecError("graph-name-taken", `the graph already has a value named '${name}'`);
    this.#names.taken.add(name);
    return name as Value;
  }

  #fresh(stem: string): string {
    let number = this.#names.taken.size;
    while (this.#names.taken.has(`${stem}_${number}`)) number += 1;
    return `${stem}_${number}`;
  }
}

function valueInfo(name: string, type: TensorType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

function tensorProto(tensor: Tensor): TensorProto {
  const head = { dims: tensor.shape, data_type: elementTypes[tensor.type] };
  if (tensor.type === "string") return { ...head, string_data: tensor.data.map((text) => utf8.encode(text)) };
  // ONNX's raw data is little-endian, as is every platform that ONNX Runtime is built for.
  const { buffer, byteOffset, byteLength } = tensor.data;
  return { ...head, raw_data: new Uint8Array(buffer, byteOffset, byteLength) };
}

const integer = (value: number | bigint) => (typeof value === "bigint" ? Long.fromString(value.toString()) : value);

/** `type` numbers are those of `AttributeProto.AttributeType`. */
function attributeProto(name: string, attribute: Attribute): AttributeProto {
  if ("float" in attribute) return { name, type: 1, f: attribute.float };
  if ("int" in attribute) return { name, type: 2, i: integer(attribute.int) };
  if ("string" in attribute) return { name, type: 3, s: utf8.encode(attribute.string) };
  if ("tensor" in attribute) return { name, type: 4, t: tensorProto(attribute.tensor) };
  if ("graph" in attribute) return { name, type: 5, g: attribute.graph as unknown as GraphProto };
  if ("floats" in attribute) return { name, type: 6, floats: attribute.floats };
  if ("ints" in attribute) return { name, type: 7, ints: attribute.ints.map(integer) };
  return { name, type: 8, strings: attribute.strings.map((text) => utf8.encode(text)) };
}
