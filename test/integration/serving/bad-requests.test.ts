import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { get, openShop, post, tensors, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

let shop: Shop;
let url: string;
let infer: string;
beforeAll(async () => {
  shop = await openShop();
  const version = await shop.register(0.1);
  ({ url } = await shop.serve([version], { limits: { bodyBytes: 200_000, rows: 100, requestTimeoutMs: 2_000 } }));
  infer = `${url}/v2/models/ranker/infer`;
});
afterAll(async () => {
  expect(shop.trouble).toEqual([]);
  await shop.close();
});

const input = (changes: Record<string, unknown>) => ({ inputs: tensors([wool]).inputs.map((each) => ((each as { name: string }).name === "position" ? { ...(each as object), ...changes } : each)) });
const without = (name: string) => Object.fromEntries(Object.entries(wool).filter(([each]) => each !== name));

describe("a wrong request is refused with a code, the place, and no more", () => {
  it.each<[string, unknown, number, string, string | undefined]>([
    ["no body", "", 400, "body-empty", undefined],
    ["broken JSON", '{"inputs": [', 400, "body-not-json", "body"],
    ["a list", "[]", 400, "body-not-object", "body"],
    ["null", "null", 400, "body-not-object", "body"],
    ["no inputs", "{}", 400, "inputs-missing", "inputs"],
    ["inputs that are no list", { inputs: {} }, 400, "inputs-missing", "inputs"],
    ["an input that is no object", { inputs: [3] }, 400, "input-invalid", "inputs[0]"],
    ["an input without a name", { inputs: [{ datatype: "INT64", shape: [1], data: [1] }] }, 400, "input-invalid", "inputs[0].name"],
    ["an unknown datatype", input({ datatype: "COMPLEX" }), 400, "datatype-unknown", "inputs[2].datatype"],
    ["a datatype of another kind", input({ datatype: "BYTES", data: ["3"] }), 400, "datatype-mismatch", "inputs[2].datatype"],
    ["a text for a number", input({ data: ["3"] }), 400, "value-invalid", "inputs[2].data[0]"],
    ["a fraction for an int", input({ data: [3.5] }), 400, "value-invalid", "inputs[2].data[0]"],
    ["an int beyond 2^53", input({ data: [9007199254740993] }), 400, "value-invalid", "inputs[2].data[0]"],
    ["a list for a number", input({ data: [[[3]]] }), 400, "shape-mismatch", "inputs[2].data"],
    ["a shape that is no shape", input({ shape: "1" }), 400, "shape-invalid", "inputs[2].shape"],
    ["a shape of two columns", input({ shape: [1, 2], data: [1, 2] }), 400, "shape-invalid", "inputs[2].shape"],
    ["a negative shape", input({ shape: [-1, 1] }), 400, "shape-invalid", "inputs[2].shape"],
    ["fewer values than the shape says", input({ shape: [2, 1] }), 400, "shape-mismatch", "inputs[2].data"],
    ["inputs of different length", input({ shape: [2, 1], data: [1, 2] }), 400, "shape-mismatch", "inputs[2].shape"],
    ["no data", input({ data: undefined }), 400, "data-missing", "inputs[2].data"],
    ["no rows", { inputs: [{ name: "position", datatype: "INT64", shape: [0], data: [] }] }, 400, "request-empty", undefined],
    ["too many rows", { inputs: [{ name: "position", datatype: "INT64", shape: [101], data: new Array(101).fill(1) }] }, 413, "too-many-rows", undefined],
    ["an input twice", { inputs: [...tensors([wool]).inputs, ...tensors([wool]).inputs] }, 400, "input-repeated", "inputs[6].name"],
    ["a missing field", tensors([without("price")]), 400, "field-missing", "inputs"],
    ["null where a value is needed", tensors([{ ...wool, price: null }]), 400, "field-missing", "inputs"],
    ["a missing entity key", tensors([without("sku")]), 400, "field-missing", "inputs"],
    ["a time that is none", { inputs: [...tensors([wool]).inputs, { name: "at", datatype: "BYTES", shape: [1], data: ["yesterday"] }] }, 400, "value-invalid", "inputs[6].data[0]"],
    ["a number too large for a float", JSON.stringify(tensors([wool])).replace("12.5", "1e999"), 400, "number-not-finite", "inputs[3].data[0]"],
    ["an id that is no text", { id: { a: 1 }, ...tensors([wool]) }, 400, "id-invalid", "id"],
    ["an id with half a character", { id: "x\ud800", ...tensors([wool]) }, 400, "id-invalid", "id"],
    ["outputs that are no list", { ...tensors([wool]), outputs: 3 }, 400, "outputs-invalid", "outputs"],
    ["binary data", input({ parameters: { binary_data_size: 8 } }), 400, "binary-not-supported", "inputs[2].parameters"],
    ["a body that nests deep", "[".repeat(90_000), 400, "body-too-deep", "body"],
    ["data that nests deep", JSON.stringify(input({ data: ["deep"] })).replace('"deep"', `${"[".repeat(50)}1${"]".repeat(50)}`), 400, "body-too-deep", "body"],
    ["a body that is too large", JSON.stringify({ pad: "x".repeat(300_000) }), 413, "body-too-large", undefined],
  ])("%s", async (_, body, status, code, where) => {
    const answer = await post(infer, body);
    expect([answer.status, answer.body.code, answer.body.where]).toEqual([status, code, where]);
    expect(answer.body.error.length).toBeGreaterThan(10);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|at async/);
  });

  it.each<[string, unknown, string, string]>([
    ["a text for a number", { ...wool, position: "3" }, "value-invalid", "position"],
    ["a missing field in one of the rows", { rows: [wool, without("price")] }, "field-missing", "rows[1]"],
    ["a row that is no object", { rows: [wool, 3] }, "rows-invalid", "rows[1]"],
    ["rows that are no list", { rows: "x" }, "rows-invalid", "rows"],
    ["a wrong value in a row", { rows: [wool, { ...wool, member: "yes" }] }, "value-invalid", "rows[1].member"],
  ])("POST /predict: %s", async (_, body, code, where) => {
    expect(await post(`${url}/predict`, body)).toMatchObject({ status: 400, body: { code, where } });
  });

  it.each<[string, unknown, string, string]>([
    ["no id", { label: "purchased", value: true }, "outcome-invalid", "id"],
    ["an id with half a character", { id: "x\ud800", label: "purchased", value: true }, "outcome-invalid", "id"],
    ["a value that is no number", { id: "a", label: "purchased", value: "yes" }, "outcome-invalid", "value"],
    ["a number that is neither yes nor no", { outcomes: [{ id: "a", label: "purchased", value: 1e308 }] }, "outcome-invalid", "outcomes[0].value"],
    ["half a yes", { id: "a", label: "purchased", value: 0.5 }, "outcome-invalid", "value"],
    ["a number beyond all sums", { id: "a", label: "spent", value: -1e200 }, "outcome-invalid", "value"],
    ["yes for a number", { id: "a", label: "spent", value: true }, "outcome-invalid", "value"],
    ["a part of a whole number", { id: "a", label: "pieces", value: 1.5 }, "outcome-invalid", "value"],
    ["a number for a class", { id: "a", label: "mood", value: 1 }, "outcome-invalid", "value"],
    ["a label that nobody declared", { id: "a", label: "bought", value: true }, "label-unknown", "label"],
    ["a time that is none", { outcomes: [{ id: "a", label: "purchased", value: 1, time: "soon" }] }, "outcome-invalid", "outcomes[0].time"],
    ["a time that is to come", { id: "a", label: "purchased", value: 1, time: new Date(Date.now() + 86_500_000).toISOString() }, "outcome-invalid", "time"],
    ["an empty list", { outcomes: [] }, "outcomes-invalid", "outcomes"],
  ])("POST /v2/outcomes: %s", async (_, body, code, where) => {
    expect(await post(`${url}/v2/outcomes`, body)).toMatchObject({ status: 400, body: { code, where } });
  });

  it.each([
    ["{}", "id must be the id of a prediction, but is missing."], ['{"id": "a"}', "label must be the name of a label, but is missing."],
    ['{"id": "a", "label": "purchased"}', "value must be true, false, 1 or 0, but is missing."],
    ['{"id": "a", "label": "purchased", "value": 1e999}', "value must be true, false, 1 or 0, but is a number too large for any computer."],
    ['{"outcomes": [{"id": "a", "label": "spent", "value": -1e999}]}', "outcomes[0].value must be a number between -1e12 and 1e12, but is a number too large for any computer."],
  ])("an outcome %s is told in words: %s", async (body, error) => {
    expect((await post(`${url}/v2/outcomes`, body)).body).toMatchObject({ error });
  });

  it.each([100, 101, 2000])("a model's name of %d characters is a name", async (length) => {
    expect(await get(`${url}/v2/models/${"a".repeat(length)}`)).toMatchObject({ status: 404, body: { code: "model-unknown" } });
    expect(await post(`${url}/v2/models/ranker/versions/${"a".repeat(length)}/infer`, tensors([wool]))).toMatchObject({ status: 404, body: { code: "version-unknown" } });
  });

  it("keys that name parts of JavaScript's objects are fields like any other", async () => {
    const body = JSON.stringify(wool).replace("{", '{"__proto__": {"position": 9, "isAdmin": true}, "constructor": {"prototype": {"position": 9}}, "toString": 1, ');
    const answer = await post(`${url}/predict`, body);
    expect(answer).toMatchObject({ status: 200, body: { prediction: expect.closeTo(0.33, 6), ignored: expect.arrayContaining(["__proto__", "constructor", "toString"]) } });
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });

  it("does not crash on what is not HTTP, and goes on serving", async () => {
    for (const bytes of ["\x00\x01\x02", "GET / HTTP/9.9\r\n\r\n", "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1", () => { socket.end(bytes); });
        socket.on("data", () => undefined).on("close", () => { resolve(); }).on("error", () => undefined);
      });
    }
    expect((await post(`${url}/predict`, wool)).status).toBe(200);
  });
});

describe("no body, however made, gives a 5xx", () => {
  const scalar = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.constantFrom("", "1e999", "__proto__", "2026-02-30", "\u0000", "🧶"));
  const anything = fc.anything({ maxDepth: 4, withNullPrototype: true, values: [scalar] });
  const fields = fc.constantFrom("position", "price", "country", "member", "at", "sku", "shopper_id", "popularity.sales", "popularity.rating", "__proto__", "other");
  const row = fc.oneof(fc.dictionary(fields, scalar), fc.tuple(fields, anything).map(([field, value]) => ({ ...wool, [field]: value })));
  const tensor = fc.record({ name: fc.oneof(fields, anything), datatype: fc.oneof(fc.constantFrom("INT64", "FP32", "BYTES", "BOOL"), anything), shape: fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: -2, max: 4 })), anything), data: fc.oneof(fc.array(scalar), anything) }, { requiredKeys: [] });
  const body = fc.oneof(
    anything.map((value) => JSON.stringify(value) ?? ""), fc.string(), row.map((value) => JSON.stringify(value)),
    fc.record({ rows: fc.oneof(fc.array(row, { maxLength: 4 }), anything) }).map((value) => JSON.stringify(value)),
    fc.record({ id: fc.oneof(fc.string(), anything), inputs: fc.oneof(fc.array(tensor), fc.tuple(tensor, fc.constant(tensors([wool]).inputs)).map(([one, rest]) => [...rest, one]), anything), outputs: anything }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    fc.tuple(row, fc.nat(400)).map(([value, cut]) => JSON.stringify(value).slice(0, cut)),
    fc.record({ outcomes: fc.array(anything) }).map((value) => JSON.stringify(value)),
  );

  it.each(["/predict", "/v2/models/ranker/infer", "/v2/outcomes"])("%s", async (path) => {
    await fc.assert(fc.asyncProperty(body, async (text) => {
      const { status } = await post(url + path, text);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
    }), { numRuns: 400 });
    expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
  });
});
