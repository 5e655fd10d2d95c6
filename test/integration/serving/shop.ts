/** A little yarn shop to serve: its spec, models built by hand (so that tests know what they answer), and a server over real stores. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import type { CompiledSpec, DatasetColumn, Expression, Model, ScalarKind, Service } from "../../../grammar/compiled-spec/index.ts";
import { signatureOf, outputsOf } from "../../../runtime/export/signature.ts";
import type { ModelSignature } from "../../../runtime/export/signature.ts";
import { OnlineStore } from "../../../runtime/online/store.ts";
import { GraphBuilder } from "../../../runtime/onnx/graph.ts";
import type { Value } from "../../../runtime/onnx/graph.ts";
import { bool, doubles, floats, int64, int64s, strings } from "../../../runtime/onnx/tensor.ts";
import { Registry } from "../../../runtime/registry/registry.ts";
import type { Json } from "../../../runtime/registry/manifest.ts";
import type { Observation, Outcome } from "../../../runtime/rollout/exposure.ts";
import { fixedRouter } from "../../../runtime/serving/routing.ts";
import type { Router } from "../../../runtime/serving/routing.ts";
import type { Access } from "../../../runtime/serving/access/access.ts";
import { tokensOf } from "../../../runtime/serving/access/tokens.ts";
import { createServer } from "../../../runtime/serving/server.ts";
import type { Server, ServerOptions } from "../../../runtime/serving/server.ts";

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const named = (name: string) => ({ name, doc: null, origin, at: {} });
const type = (kind: ScalarKind, nullable = false) => ({ kind, nullable });
export const column = (name: string, kind: ScalarKind, nullable = false): Expression => ({ op: "column", type: type(kind, nullable), column: name });
export const call = (fn: string, kind: ScalarKind, ...args: Expression[]): Expression => ({ op: "call", fn, type: type(kind), args });
export const literal = (value: number | string | boolean | null, kind: ScalarKind = "float"): Expression => ({ op: "literal", type: type(kind, value === null), value });

const example = (name: string, kind: ScalarKind, nullable = false, field = name): DatasetColumn =>
  ({ name, type: type(kind, nullable), tags: [], origin, role: "feature", from: { kind: "example", column: name, field } });
const entityFeature = (feature: string, kind: ScalarKind, nullable = false): DatasetColumn =>
  ({ name: `popularity.${feature}`, type: type(kind, nullable), tags: [], origin, role: "feature", from: { kind: "entity-feature", view: "popularity", feature, key: "sku" } });

export interface ShopOptions {
  readonly otherwise?: Expression | null;
  readonly service?: Partial<Service>;
  readonly task?: Model["task"];
  /** Columns that the model's inputs read. */
  readonly reads?: readonly Expression[];
  /** A folder that was used before; it is kept. */
  readonly folder?: string;
}

const sourceColumns = [
  ["sku", "string"], ["shopper_id", "string"], ["position", "int"], ["price", "float"], ["country", "string"], ["member", "bool"], ["shown_at", "timestamp"],
] as const;

export const everything = [
  column("position", "int"), column("price", "float"), column("country", "string", true), column("member", "bool"),
  column("shown_at", "timestamp"), column("popularity.sales", "int"), column("popularity.rating", "float", true),
];

export function shopSpec({ otherwise = call("multiply", "float", column("popularity.sales", "int"), literal(0.01)), service = {}, task = "binary", reads = everything }: ShopOptions = {}): CompiledSpec {
  const columns = [
    example("position", "int"), example("price", "float"), example("country", "string", true), example("member", "bool"),
    example("shown_at", "timestamp", false, "at"), entityFeature("sales", "int"), entityFeature("rating", "float", true),
    { ...example("sku", "string"), role: "slice" as const },
  ];
  return {
    version: compiledSpecVersion, files: [], entities: [], features: [], evaluations: [], slos: [], policies: [], roles: [], suppressions: [],
    sources: [{
      ...named("impressions"), read: { format: "parquet", paths: ["x"] }, folder: "", time: "shown_at", latenessMs: 0, volumePerMs: null, retainMs: null, purpose: [], expect: [],
      columns: sourceColumns.map(([name, kind]) => ({ ...named(name), type: type(kind), entity: null, tags: [], physical: name, value: null })),
    }],
    labels: ([["purchased", "bool"], ["spent", "float"], ["pieces", "int"], ["mood", "string"]] as const).map(([name, kind]) =>
      ({ ...named(name), of: "impressions", type: type(kind), rule: { kind: "row" as const, value: column("member", "bool") } })),
    datasets: [{
      ...named("shown"), examples: "impressions", where: null, onePer: [], label: "purchased", columns, features: [], weight: null,
      split: { kind: "time", train: 0.8, validate: 0.1, test: 0.1 }, test: null, quarantines: [],
    }],
    models: [{
      ...named("ranker"), dataset: "shown", label: "purchased", task, network: [], owner: null,
      inputs: reads.map((value, i) => ({ name: `input${i}`, origin, value, encode: { kind: "number" } })),
      train: { optimizer: { kind: "sgd", rate: 0.1, momentum: 0, weightDecay: 0 }, batch: 1, epochs: 1, seed: 1, patience: null, device: "cpu", engine: "onnxruntime", budgetMs: null },
      fallbacks: otherwise === null ? [] : [{ ...named("popular"), value: otherwise }],
    }],
    services: [{
      ...named("recommend"), model: "ranker", batch: { size: 64, waitMs: 2 }, timeoutMs: 2_000, otherwise: otherwise === null ? null : "popular",
      log: { flushMs: 3_600_000, hashPii: true, retainMs: null }, volumePerMs: null, ...service,
    }],
    rollouts: [{ ...named("release"), model: "ranker", service: "recommend", unit: "shopper_id", stages: [], alpha: 0.05, power: 0.8 }],
  };
}

/** prediction = position × slope + sales / 1000; and slower by `spins` turns of a loop. With NaN as slope it answers NaN. With `offset` that is added, in doubles. */
export function shopModel(spec: CompiledSpec, slope: number, { spins = 0, classes = [] as readonly string[], offset = null as number | null } = {}): { readonly onnx: Uint8Array; readonly signature: ModelSignature } {
  const [model] = spec.models;
  const [dataset] = spec.datasets;
  if (model === undefined || dataset === undefined) throw new Error("no model");
  const inputs = signatureOf(model, dataset);
  const graph = new GraphBuilder("shop");
  const values = new Map<string, Value>();
  for (const input of inputs) {
    const tensor = ({ bool: "bool", float: "double", string: "string", int: "int64", timestamp: "int64", date: "int64", duration: "int64" } as const)[input.kind];
    values.set(input.name, graph.input(input.name, tensor, ["N", 1]));
    if (input.nullable) graph.input(`${input.name}.present`, "bool", ["N", 1]);
  }
  const asFloat = (name: string): Value => graph.node("Cast", [values.get(name) as Value], { to: { int: 1 } });
  const scaled = (name: string, by: number): Value => graph.node("Mul", [asFloat(name), graph.constant(floats([by], [1, 1]))]);
  let sum = scaled("position", slope);
  if (values.has("popularity.sales")) sum = graph.node("Add", [sum, scaled("popularity.sales", 0.001)]);
  if (spins > 0) sum = graph.node("Add", [sum, busyLoop(graph, spins)]);
  if (offset !== null) graph.output(graph.node("Add", [graph.node("Cast", [sum], { to: { int: 11 } }), graph.constant(doubles([offset], [1, 1]))]), "prediction", "double", ["N", 1]);
  else if (classes.length === 0) graph.output(sum, "prediction", "float", ["N", 1]);
  else addClasses(graph, sum, classes);
  return { onnx: graph.toModel(), signature: { task: model.task, inputs, outputs: outputsOf(model.task, "purchased", classes), classes } };
}

/** A value of 0 that takes long to find out. */
function busyLoop(graph: GraphBuilder, spins: number): Value {
  const state = graph.constant(floats(new Array<number>(64 * 64).fill(0), [64, 64]));
  const body = graph.subgraph("body", (inner) => {
    inner.input("turn", "int64", []);
    const keep = inner.input("keep", "bool", []);
    const before = inner.input("before", "float", [64, 64]);
    inner.output(inner.node("Identity", [keep]), "keep_on", "bool", []);
    inner.output(inner.node("MatMul", [before, state]), "after", "float", [64, 64]);
  });
  const [last] = graph.nodes("Loop", [graph.constant(int64(spins)), graph.constant(bool(true)), state], 1, { body: { graph: body } });
  return graph.node("ReduceSum", [last as Value, graph.constant(int64s([0, 1]))], { keepdims: { int: 1 } });
}

/** The position picks the class. */
function addClasses(graph: GraphBuilder, value: Value, classes: readonly string[]): void {
  const index = graph.node("Cast", [value], { to: { int: 7 } });
  const flat = graph.node("Reshape", [index, graph.constant(int64s([-1]))]);
  const oneHot = graph.node("OneHot", [flat, graph.constant(int64(classes.length)), graph.constant(floats([0, 1]))]);
  graph.output(oneHot, "probabilities", "float", ["N", classes.length]);
  graph.output(graph.node("Gather", [graph.constant(strings(classes)), index]), "class", "string", ["N", 1]);
}

export interface Shop {
  readonly folder: string;
  readonly spec: CompiledSpec;
  readonly registry: Registry;
  readonly online: OnlineStore;
  readonly observations: Observation[];
  readonly outcomes: Outcome[];
  readonly trouble: unknown[];
  /** Registers a model and returns its version. */
  register(slope: number, options?: { readonly spins?: number; readonly classes?: readonly string[]; readonly offset?: number; readonly spec?: CompiledSpec }): Promise<string>;
  /** A server that listens; closed by `close`. */
  serve(versions: readonly string[], options?: Partial<ServerOptions> & { readonly router?: Router }): Promise<{ readonly server: Server; readonly url: string }>;
  readonly logFolder: string;
  close(): Promise<void>;
}

/** The service's token in these tests. */
export const token = "the-service-of-the-yarn-shop";
export const access: Access = { hosts: new Set(), service: tokensOf(token, "the test"), predictions: null, tls: null };

/** Files that somebody opened and let go of (DEP0137), in whatever test Node found them. */
const leftOpen: Error[] = [];
process.on("warning", (warning) => { if (warning.message.includes("on garbage collection")) leftOpen.push(warning); });

export const wallClock = { now: () => Date.now(), monotonic: () => performance.now() };

export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "mlspec-shop-"));
  const spec = shopSpec(options);
  const registry = new Registry(join(folder, "registry"));
  const online = OnlineStore.open(join(folder, "online", "recommend"));
  const [observations, outcomes, trouble, servers]: [Observation[], Outcome[], unknown[], Server[]] = [[], [], [], []];
  await online.replaceView({
    view: "popularity", columns: ["sales", "rating"], asOfMs: Date.now(), maxAgeMs: null, empty: { sales: 0 },
    rows: [{ key: "wool", values: { sales: 30, rating: 4.5 } }, { key: "silk", values: { sales: 7, rating: null } }],
  });
  let ids = 0;
  const logFolder = join(folder, "log", "recommend");
  return {
    folder, spec, registry, online, observations, outcomes, trouble, logFolder,
    async register(slope, { spec: own = spec, ...model } = {}) {
      const { onnx, signature } = shopModel(own, slope, model);
      const { version } = await registry.put({
        model: "ranker", spec: own, dataset: "d".repeat(64), code: { version: "0", libraries: {} }, training: { engine: "test", device: "cpu", seed: 1 },
        signature: signature as unknown as Json, preprocessing: {}, onnx,
        record: { created: "2026-01-01T00:00:00.000Z", parent: null, run: null, datasetReport: {}, evaluation: null, metrics: [], baselines: [], gates: [] },
      });
      return version;
    },
    async serve(versions, more = {}) {
      const server = await createServer({
        spec, service: "recommend", registry, online, router: fixedRouter(versions[0] ?? null), versions, logFolder, access, clock: wallClock,
        observer: { observe: (observation) => observations.push(observation), outcome: (outcome) => outcomes.push(outcome), leftOut: () => undefined, uncounted: () => undefined, settled: () => Promise.resolve() },
        newId: () => `generated-${++ids}`, onTrouble: (error) => trouble.push(error), ...more,
      });
      servers.push(server);
      return { server, url: await server.listen({ port: 0 }) };
    },
    async close() {
      for (const server of servers) await server.close();
      await online.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      if (leftOpen.length > 0) throw new AggregateError(leftOpen.splice(0), "files were left open");
    },
  };
}

export const wool = { sku: "wool", shopper_id: "ada", position: 3, price: 12.5, country: "NZ", member: true };

/** As whoever runs the service asks: with its token, and to be told the arm. */
export async function post(url: string, body: unknown): Promise<{ status: number; body: any }> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "mlspec-show": "arm" }, body: text });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

export async function get(url: string): Promise<{ status: number; body: any }> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const response = await fetch(url);
  const text = await response.text();
  return { status: response.status, body: response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text };
}

/** The protocol's form of one or more rows. */
export function tensors(rows: readonly Readonly<Record<string, unknown>>[]): { inputs: unknown[] } {
  const kinds: Readonly<Record<string, string>> = { position: "INT64", price: "FP64", member: "BOOL", "popularity.sales": "INT64", "popularity.rating": "FP64" };
  const names = Object.keys(rows[0] ?? {});
  return { inputs: names.map((name) => ({ name, shape: [rows.length, 1], datatype: kinds[name] ?? "BYTES", data: rows.map((row) => row[name]) })) };
}
