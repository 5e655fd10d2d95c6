/**
 * The Open Inference Protocol over REST, case by case: what its text and its OpenAPI document ask of a server
 * (github.com/open-inference/open-inference-protocol, specification/protocol). Schemas and cases are written after them.
 */
import { deflateSync, gzipSync } from "node:zlib";
import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { column, openShop, tensors, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

const tensorData = Type.Array(Type.Union([Type.Number(), Type.String(), Type.Boolean()]));
const metadataTensor = Type.Object({ name: Type.String(), datatype: Type.String(), shape: Type.Array(Type.Integer()) });
const schemas = {
  live: Type.Object({ live: Type.Boolean() }),
  modelReady: Type.Object({ name: Type.String(), ready: Type.Boolean() }),
  server: Type.Object({ name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) }),
  model: Type.Object({
    name: Type.String(), versions: Type.Array(Type.String()), platform: Type.String(), inputs: Type.Array(metadataTensor), outputs: Type.Array(metadataTensor),
  }),
  answer: Type.Object({
    model_name: Type.String(), model_version: Type.Optional(Type.String()), id: Type.Optional(Type.String()), parameters: Type.Optional(Type.Object({})),
    outputs: Type.Array(Type.Object({ name: Type.String(), shape: Type.Array(Type.Integer({ minimum: 0 })), datatype: Type.String(), parameters: Type.Optional(Type.Object({})), data: tensorData })),
  }),
  error: Type.Object({ error: Type.String({ minLength: 1 }) }),
} satisfies Record<string, TSchema>;

let shop: Shop;
let url: string;
let version: string;
beforeAll(async () => {
  // An int, a float, a text, a bool, a time.
  shop = await openShop({ reads: [column("position", "int"), column("price", "float"), column("country", "string", true), column("member", "bool"), column("shown_at", "timestamp")] });
  version = await shop.register(0.1);
  ({ url } = await shop.serve([version], { limits: { bodyBytes: 100_000 } }));
});
afterAll(async () => {
  expect(shop.trouble).toEqual([]);
  await shop.close();
});

interface Case {
  readonly method?: string;
  /** `{v}` is the version. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly schema?: keyof typeof schemas;
  readonly is?: object;
  readonly replyHeaders?: Readonly<Record<string, RegExp>>;
}

type Input = Readonly<Record<string, unknown>>;
const row = { ...wool };
const inputs = tensors([row]).inputs as Input[];
const two = tensors([row, { ...row, position: 1 }]).inputs as Input[];
const infer = "/v2/models/ranker/infer";
/** A request whose input `name` is changed. */
const changed = (name: string, changes: Input, of = inputs): object => ({ inputs: of.map((input) => (input["name"] === name ? { ...input, ...changes } : input)) });
const position = (changes: Input): object => changed("position", changes);
/** To five digits: the model computes in FP32. */
const close = (value: number): unknown => expect.closeTo(value, 5 - Math.ceil(Math.log10(Math.max(1, Math.abs(value)))));
const answers = (value = 0.3): object => ({ outputs: [{ name: "prediction", shape: [1, 1], datatype: "FP32", data: [close(value)] }] });
const holds = (datatype: string, value: number, result = value / 10): [string, Case] => [`${datatype} takes ${value}`, { path: infer, body: position({ datatype, data: [value] }), status: 200, schema: "answer", is: answers(result) }];
const refuses = (datatype: string, value: number): [string, Case] => [`${datatype} refuses ${value}`, { path: infer, body: position({ datatype, data: [value] }), status: 400, schema: "error" }];

const health: [string, Case][] = [
  ["live", { path: "/v2/health/live", status: 200, schema: "live", is: { live: true } }],
  ["ready", { path: "/v2/health/ready", status: 200, schema: "live", is: { live: true, ready: true } }],
  ["a model is ready", { path: "/v2/models/ranker/ready", status: 200, schema: "modelReady", is: { name: "ranker", ready: true } }],
  ["a version is ready", { path: "/v2/models/ranker/versions/{v}/ready", status: 200, schema: "modelReady", is: { name: "ranker", ready: true } }],
  ["a model that is not there is not", { path: "/v2/models/nobody/ready", status: 404, schema: "error" }],
  ["nor is a version", { path: "/v2/models/ranker/versions/9/ready", status: 404, schema: "error" }],
];
const metadata: [string, Case][] = [
  ["of the server", { path: "/v2", status: 200, schema: "server", is: { name: "mlspec", extensions: [] }, replyHeaders: { "content-type": /^application\/json/ } }],
  ["of the server, as the OpenAPI document writes it", { path: "/v2/", status: 200, schema: "server", is: { name: "mlspec" } }],
  ["of a model", { path: "/v2/models/ranker", status: 200, schema: "model", is: { name: "ranker", outputs: [{ name: "prediction", datatype: "FP32", shape: [-1, 1] }] } }],
  ["of a version", { path: "/v2/models/ranker/versions/{v}", status: 200, schema: "model", is: { name: "ranker" } }],
  ["with a platform that the protocol knows", { path: "/v2/models/ranker", status: 200, is: { platform: "onnx_onnxv1" } }],
  ["with inputs of known datatypes and batches of any size", {
    path: "/v2/models/ranker", status: 200,
    is: { inputs: expect.arrayContaining([expect.objectContaining({ name: "position", datatype: "INT64", shape: [-1, 1] }), expect.objectContaining({ name: "country", datatype: "BYTES" })]) as object },
  }],
  ["of another model: an error", { path: "/v2/models/Ranker", status: 404, schema: "error" }],
  ["of another version: an error", { path: "/v2/models/ranker/versions/1", status: 404, schema: "error" }],
];
const inference: [string, Case][] = [
  ["the server picks the version", { path: infer, body: { inputs }, status: 200, schema: "answer", is: { model_name: "ranker", ...answers() }, replyHeaders: { "content-type": /^application\/json/ } }],
  ["the request picks the version", { path: "/v2/models/ranker/versions/{v}/infer", body: { inputs }, status: 200, schema: "answer", is: answers() }],
  ["the id comes back", { path: infer, body: { id: "42", inputs }, status: 200, schema: "answer", is: { id: "42" } }],
  ["parameters of the request may be anything", { path: infer, body: { inputs, parameters: { priority: 1, trace: "x", dry: true } }, status: 200, schema: "answer" }],
  ["parameters of an input as well", { path: infer, body: position({ parameters: { unit: "rank" } }), status: 200, schema: "answer" }],
  ["a batch, in its order", { path: infer, body: { inputs: two }, status: 200, schema: "answer", is: { outputs: [{ shape: [2, 1], data: [expect.closeTo(0.3, 5), expect.closeTo(0.1, 5)] }] } }],
  ["nested data are the same as flat ones", { path: infer, body: changed("position", { data: [[3], [1]] }, two), status: 200, schema: "answer", is: { outputs: [{ data: [expect.closeTo(0.3, 5), expect.closeTo(0.1, 5)] }] } }],
  ["a shape of one dimension", { path: infer, body: position({ shape: [1] }), status: 200, schema: "answer" }],
  ["outputs may be asked for", { path: infer, body: { inputs, outputs: [{ name: "prediction" }] }, status: 200, schema: "answer", is: answers() }],
  ["with parameters", { path: infer, body: { inputs, outputs: [{ name: "prediction", parameters: { binary_data: false } }] }, status: 200, schema: "answer", is: answers() }],
  ["an empty list of outputs is all of them", { path: infer, body: { inputs, outputs: [] }, status: 200, schema: "answer", is: answers() }],
  ["an output that is not there: an error", { path: infer, body: { inputs, outputs: [{ name: "other" }] }, status: 400, schema: "error" }],
  ["no inputs: an error", { path: infer, body: {}, status: 400, schema: "error" }],
  ["an empty list of inputs: an error", { path: infer, body: { inputs: [] }, status: 400, schema: "error" }],
  ["a needed input that is missing: an error", { path: infer, body: { inputs: inputs.filter(({ name }) => name !== "price") }, status: 400, schema: "error" }],
  ["an input without a shape: an error", { path: infer, body: position({ shape: undefined }), status: 400, schema: "error" }],
  ["an input without data: an error", { path: infer, body: position({ data: undefined }), status: 400, schema: "error" }],
  ["a shape that the data do not fill: an error", { path: infer, body: position({ shape: [2, 1] }), status: 400, schema: "error" }],
  ["a negative size: an error", { path: infer, body: position({ shape: [-1, 1] }), status: 400, schema: "error" }],
  ["names differ by case: an error", { path: infer, body: { inputs: inputs.map((input) => ({ ...input, name: String(input["name"]).toUpperCase() })) }, status: 400, schema: "error" }],
  ["a datatype in small letters: an error", { path: infer, body: position({ datatype: "int64" }), status: 400, schema: "error" }],
  ["what is no JSON: an error", { path: infer, body: "{", status: 400, schema: "error" }],
  ["another model: an error", { path: "/v2/models/nobody/infer", body: { inputs }, status: 404, schema: "error" }],
  ["another version: an error", { path: "/v2/models/ranker/versions/1/infer", body: { inputs }, status: 404, schema: "error" }],
];
const values: [string, Case][] = [
  holds("INT8", 127), holds("INT8", -128), refuses("INT8", 128), refuses("INT8", -129),
  holds("INT16", 32_767), refuses("INT16", 32_768), refuses("INT16", -32_769),
  holds("INT32", -2_147_483_648), refuses("INT32", 2_147_483_648),
  holds("INT64", 2 ** 40), refuses("INT64", 1.5),
  holds("UINT8", 255), refuses("UINT8", 256), refuses("UINT8", -1),
  holds("UINT16", 65_535), refuses("UINT16", 65_536), refuses("UINT16", -1),
  holds("UINT32", 4_294_967_295), refuses("UINT32", 4_294_967_296), refuses("UINT32", -1),
  holds("UINT64", 2 ** 40), refuses("UINT64", -1),
  holds("FP64", 3), holds("FP32", 3), refuses("FP64", 3.5),
  ["FP32 refuses what it cannot hold", { path: infer, body: changed("price", { datatype: "FP32", data: [1e39] }), status: 400, schema: "error" }],
  ["FP16 refuses what it cannot hold", { path: infer, body: changed("price", { datatype: "FP16", data: [65_505] }), status: 400, schema: "error" }],
  ["an integer for a float", { path: infer, body: changed("price", { datatype: "INT32", data: [12] }), status: 200, schema: "answer" }],
  ["BOOL takes true and false", { path: infer, body: changed("member", { data: [false] }), status: 200, schema: "answer" }],
  ["BOOL refuses 1", { path: infer, body: changed("member", { data: [1] }), status: 400, schema: "error" }],
  ["BYTES are texts of any script", { path: infer, body: changed("country", { data: ["Ελλάδα 🧶"] }), status: 200, schema: "answer" }],
  ["BYTES refuse a number", { path: infer, body: changed("country", { data: [1] }), status: 400, schema: "error" }],
];
const only = (methods: string): Readonly<Record<string, RegExp>> => ({ allow: new RegExp(`^${methods}$`) });
const transport: [string, Case][] = [
  ["GET of infer: not that method", { method: "GET", path: infer, status: 405, schema: "error", replyHeaders: only("POST") }],
  ["PUT of infer: not that method", { method: "PUT", path: infer, body: { inputs }, status: 405, schema: "error", replyHeaders: only("POST") }],
  ["POST of health: not that method", { method: "POST", path: "/v2/health/live", status: 405, schema: "error", replyHeaders: only("GET, HEAD") }],
  ["POST of metadata: not that method", { method: "POST", path: "/v2/models/ranker", status: 405, schema: "error", replyHeaders: only("GET, HEAD") }],
  ["DELETE of the server: not that method", { method: "DELETE", path: "/v2", status: 405, schema: "error", replyHeaders: only("GET, HEAD") }],
  ["HEAD of health", { method: "HEAD", path: "/v2/health/ready", status: 200 }],
  ["a path that is not there", { path: "/v2/repository/index", status: 404, schema: "error" }],
  ["a body that is compressed: gzip", { path: infer, body: gzipSync(JSON.stringify({ inputs })), headers: { "content-encoding": "gzip" }, status: 200, schema: "answer", is: answers() }],
  ["a body that is compressed: deflate", { path: infer, body: deflateSync(JSON.stringify({ inputs })), headers: { "content-encoding": "deflate" }, status: 200, schema: "answer", is: answers() }],
  ["a body as it is", { path: infer, body: { inputs }, headers: { "content-encoding": "identity" }, status: 200, schema: "answer" }],
  ["a few bytes that stand for many (100 MB)", { path: infer, body: gzipSync(Buffer.alloc(100_000_000)), headers: { "content-encoding": "gzip" }, status: 413, schema: "error" }],
  ["many bytes, compressed or not", { path: infer, body: JSON.stringify({ inputs, pad: "x".repeat(100_000) }), status: 413, schema: "error" }],
  ["a compressed body that is cut short", { path: infer, body: gzipSync(JSON.stringify({ inputs })).subarray(0, 40), headers: { "content-encoding": "gzip" }, status: 400, schema: "error" }],
  ["a body that is said to be compressed", { path: infer, body: { inputs }, headers: { "content-encoding": "gzip" }, status: 400, schema: "error" }],
  ["compressed twice", { path: infer, body: gzipSync(gzipSync(JSON.stringify({ inputs }))), headers: { "content-encoding": "gzip, gzip" }, status: 415, schema: "error" }],
  ["compressed in a way that the server does not know", { path: infer, body: { inputs }, headers: { "content-encoding": "br" }, status: 415, schema: "error" }],
  ["the binary extension is refused, not misread", { path: infer, body: Buffer.from([1, 2, 3]), headers: { "content-type": "application/octet-stream", "inference-header-content-length": "1" }, status: 415, schema: "error" }],
];

describe.each([["health", health], ["metadata", metadata], ["inference", inference], ["values", values], ["transport", transport]])("%s", (_, cases) => {
  it.each(cases)("%s", async (_name, { method, path, body, headers, status, schema, is, replyHeaders }) => {
    const sent = body === undefined ? undefined : typeof body === "string" ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
    const response = await fetch(url + path.replace("{v}", version), {
      method: method ?? (body === undefined ? "GET" : "POST"), ...(sent === undefined ? {} : { body: sent }),
      headers: { ...(sent === undefined ? {} : { "content-type": "application/json" }), ...headers },
    });
    const text = await response.text();
    expect(response.status, text).toBe(status);
    for (const [name, pattern] of Object.entries(replyHeaders ?? {})) expect(response.headers.get(name)).toMatch(pattern);
    const told: unknown = text === "" ? null : JSON.parse(text);
    if (schema !== undefined) expect([...Compile(schemas[schema]).Errors(told)], text).toEqual([]);
    if (is !== undefined) expect(told).toMatchObject(is);
  });
});
