import { afterEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { get, literal, openShop, post, tensors, wool } from "./shop.ts";
import type { Router } from "../../../runtime/serving/routing.ts";
import type { Shop, ShopOptions } from "./shop.ts";

let shop: Shop;
afterEach(async () => { await shop.close(); });

async function served(options: ShopOptions = {}): Promise<{ url: string; version: string; infer: string }> {
  shop = await openShop(options);
  const version = await shop.register(0.1);
  const { url } = await shop.serve([version]);
  return { url, version, infer: `${url}/v2/models/ranker/infer` };
}

describe("POST /v2/models/{model}/infer", () => {
  it("answers with tensors, the version and the arm; entity features come from the online store", async () => {
    const { infer, version } = await served();
    const { status, body } = await post(infer, { id: "r1", ...tensors([wool]) });
    expect(status).toBe(200);
    expect(body).toEqual({
      model_name: "ranker", model_version: version, id: "r1", parameters: { version, arm: "live", fallback: false },
      outputs: [{ name: "prediction", shape: [1, 1], datatype: "FP32", data: [expect.closeTo(0.33, 6)] }],
    });
  });

  it("answers many rows in their order, and an entity without events as in training", async () => {
    const { infer } = await served();
    const rows = [wool, { ...wool, sku: "silk", position: 1 }, { ...wool, sku: "new", position: 2 }];
    const { body } = await post(infer, tensors(rows));
    expect(body.outputs[0].data).toEqual([expect.closeTo(0.33, 6), expect.closeTo(0.107, 6), expect.closeTo(0.2, 6)]);
    expect(body.id).toBe("generated-1");
  });

  it("takes an entity feature from the request when it is there, and needs no key then", async () => {
    const { infer } = await served();
    const rest = { ...wool, sku: undefined };
    const { body } = await post(infer, tensors([{ ...rest, "popularity.sales": 500, "popularity.rating": 1 }]));
    expect(body.outputs[0].data[0]).toBeCloseTo(0.8, 6);
  });

  it("takes shapes [N] and [N, 1], nested data, and null where a value may be missing", async () => {
    const { infer } = await served();
    const inputs = tensors([{ ...wool, country: null }]).inputs as { name: string; shape: number[]; data: unknown[] }[];
    for (const input of inputs) if (input.name === "position") { input.shape = [1]; input.data = [[3]]; }
    const { status, body } = await post(infer, { inputs });
    expect([status, body.outputs[0].data[0]]).toEqual([200, expect.closeTo(0.33, 6)]);
  });

  it("names the inputs that it does not know and ignores them", async () => {
    const { infer } = await served();
    const { body } = await post(infer, tensors([{ ...wool, colour: "red" }]));
    expect(body.parameters.ignored).toBe("colour");
  });

  it("gives only the outputs asked for", async () => {
    const { infer } = await served();
    expect((await post(infer, { ...tensors([wool]), outputs: [{ name: "prediction" }] })).body.outputs).toHaveLength(1);
    expect(await post(infer, { ...tensors([wool]), outputs: [{ name: "score" }] })).toMatchObject({ status: 400, body: { code: "output-unknown" } });
  });

  it("answers a category that training never saw", async () => {
    const { infer } = await served();
    expect((await post(infer, tensors([{ ...wool, country: "Атлантида 🧶" }]))).status).toBe(200);
  });

  it("answers by a version that the path names", async () => {
    const { url, version } = await served();
    const { body } = await post(`${url}/v2/models/ranker/versions/${version}/infer`, tensors([wool]));
    expect(body.parameters).toMatchObject({ version, arm: "pinned" });
  });

  it("answers a multiclass model with probabilities and the class", async () => {
    shop = await openShop({ task: "multiclass", otherwise: null });
    const version = await shop.register(1, { classes: ["no", "maybe", "yes"] });
    const { url } = await shop.serve([version]);
    const { body } = await post(`${url}/v2/models/ranker/infer`, tensors([{ ...wool, position: 2 }, { ...wool, position: 0 }]));
    expect(body.outputs).toEqual([
      { name: "probabilities", shape: [2, 3], datatype: "FP32", parameters: { classes: '["no","maybe","yes"]' }, data: [0, 0, 1, 1, 0, 0] },
      { name: "class", shape: [2, 1], datatype: "BYTES", data: ["yes", "no"] },
    ]);
    expect((await post(`${url}/predict`, { ...wool, position: 1 })).body).toMatchObject({ prediction: 1, class: "maybe", probabilities: [0, 1, 0], classes: ["no", "maybe", "yes"] });
    for (const path of ["ranker", `ranker/versions/${version}`]) {
      const { outputs } = (await (await fetch(`${url}/v2/models/${path}`)).json()) as { outputs: unknown };
      expect(outputs).toEqual([
        { name: "probabilities", datatype: "FP32", shape: [-1, 3], parameters: { classes: '["no","maybe","yes"]' } },
        { name: "class", datatype: "BYTES", shape: [-1, 1] },
      ]);
    }
  });

  it("answers a regression with all digits, as does its fallback; a version whose output has 24 bits goes on answering", async () => {
    shop = await openShop({ task: "regression", otherwise: literal(1_700_000_060.25) });
    const versions = [await shop.register(0.5, { offset: 1_700_000_000 }), await shop.register(0.5)];
    const { url, server } = await shop.serve(versions);
    const asked = tensors([{ ...wool, "popularity.sales": 0, "popularity.rating": 1 }]);
    expect((await post(`${url}/v2/models/ranker/infer`, asked)).body.outputs).toEqual([{ name: "prediction", shape: [1, 1], datatype: "FP64", data: [1_700_000_001.5] }]);
    expect((await post(`${url}/v2/models/ranker/versions/${versions[1]}/infer`, asked)).body.outputs).toEqual([{ name: "prediction", shape: [1, 1], datatype: "FP64", data: [1.5] }]);
    expect((await get(`${url}/v2/models/ranker`)).body.outputs).toEqual([{ name: "prediction", datatype: "FP64", shape: [-1, 1] }]);
    const alone = await shop.serve([], { logFolder: `${shop.logFolder}-alone` });
    expect((await post(`${alone.url}/predict`, wool)).body).toMatchObject({ prediction: 1_700_000_060.25, version: null });
    await Promise.all([server.close(), alone.server.close()]);
    using database = await openDatabase();
    const logged = await database.rows(`SELECT prediction FROM read_parquet(['${shop.logFolder}/*.parquet', '${shop.logFolder}-alone/*.parquet']) ORDER BY prediction`);
    expect(logged.map(({ prediction }) => prediction)).toEqual([1.5, 1_700_000_001.5, 1_700_000_060.25]);
  });

  it("puts probabilities of different classes into no tensor: the arms of one request may have other classes, or another order of them", async () => {
    shop = await openShop({ task: "multiclass", otherwise: null });
    const versions = [await shop.register(1, { classes: ["no", "maybe", "yes"] }), await shop.register(1, { classes: ["yes", "maybe", "no"] })];
    const byShopper: Router = { unit: () => "shopper_id", route: (unit) => ({ serve: versions[unit === "ada" ? 0 : 1] ?? null, shadow: null, exposure: null, shadowExposure: null }) };
    const { url } = await shop.serve(versions, { router: byShopper });
    const rows = [{ ...wool, position: 2 }, { ...wool, position: 2, shopper_id: "bob" }];
    expect((await post(`${url}/v2/models/ranker/infer`, tensors(rows))).body.outputs).toEqual([{ name: "class", shape: [2, 1], datatype: "BYTES", data: ["yes", "no"] }]);
    const { predictions } = (await post(`${url}/predict`, { rows })).body;
    expect(predictions).toMatchObject([{ classes: ["no", "maybe", "yes"], probabilities: [0, 0, 1] }, { classes: ["yes", "maybe", "no"], probabilities: [0, 0, 1] }]);
  });
});

describe("POST /predict", () => {
  it("takes one object", async () => {
    const { url, version } = await served();
    expect((await post(`${url}/predict`, wool)).body).toEqual({ model: "ranker", id: "generated-1", prediction: expect.closeTo(0.33, 6), version, arm: "live", fallback: null });
  });

  it("takes rows, each with an id of its own", async () => {
    const { url } = await served();
    const { body } = await post(`${url}/predict`, { id: "page", rows: [wool, { ...wool, position: 1, at: "2026-11-20T09:30:00Z" }] });
    expect((body.predictions as { id: string }[]).map((row) => row.id)).toEqual(["page/0", "page/1"]);
    expect(body.predictions[1].prediction).toBeCloseTo(0.13, 6);
  });
});

describe("what is served", () => {
  it("is told by GET /v2, the model and its readiness", async () => {
    const { url, version } = await served();
    expect((await get(`${url}/v2`)).body).toMatchObject({ name: "mlspec", model: "ranker", service: "recommend" });
    const { body } = await get(`${url}/v2/models/ranker`);
    expect(body).toMatchObject({ name: "ranker", versions: [version], platform: "onnx_onnxv1", outputs: [{ name: "prediction", datatype: "FP32", shape: [-1, 1] }] });
    expect((body.inputs as { name: string; datatype: string; optional: boolean }[]).map((input) => `${input.name} ${input.datatype}${input.optional ? "?" : ""}`)).toEqual([
      "position INT64", "price FP64", "country BYTES?", "member BOOL", "at BYTES?", "sku BYTES", "shopper_id BYTES?", "popularity.sales INT64?", "popularity.rating FP64?",
    ]);
    expect((await get(`${url}/v2/models/ranker/ready`)).body).toEqual({ name: "ranker", ready: true });
    expect((await get(`${url}/v2/models/ranker/versions/${version}/ready`)).status).toBe(200);
    expect((await get(`${url}/v2/health/live`)).body).toEqual({ live: true });
    expect(await get(`${url}/v2/health/ready`)).toEqual({ status: 200, body: { live: true, ready: true, degraded: false, live_version: version, answering_version: version, problems: [] } });
  });

  it("is 404 for another model, another version and another path", async () => {
    const { url } = await served();
    expect(await get(`${url}/v2/models/other`)).toMatchObject({ status: 404, body: { code: "model-unknown" } });
    expect(await post(`${url}/v2/models/other/infer`, tensors([wool]))).toMatchObject({ status: 404, body: { code: "model-unknown" } });
    expect(await post(`${url}/v2/models/ranker/versions/ffffffffffff/infer`, tensors([wool]))).toMatchObject({ status: 404, body: { code: "version-unknown" } });
    expect(await get(`${url}/nothing`)).toMatchObject({ status: 404, body: { code: "path-unknown" } });
    expect(await get(`${url}/v2/models/%ZZ`)).toMatchObject({ status: 400 });
  });

  it("is not ready before the online store has the features", async () => {
    shop = await openShop();
    const version = await shop.register(0.1);
    const { OnlineStore } = await import("../../../runtime/online/store.ts");
    const empty = OnlineStore.open(`${shop.folder}/empty`);
    const { url, server } = await shop.serve([version], { online: empty });
    expect(await get(`${url}/v2/health/ready`)).toEqual({ status: 503, body: { live: true, ready: false, degraded: false, live_version: version, answering_version: version, problems: ["the online store has no values of popularity yet"] } });
    await server.close();
    await empty.close();
  });

  it("is measured for Prometheus", async () => {
    const { url, version } = await served();
    await post(`${url}/predict`, wool);
    await post(`${url}/predict`, { ...wool, sku: "unheard of", colour: "red", size: 4 });
    await post(`${url}/predict`, { ...wool, position: "three" });
    const { body } = await get(`${url}/metrics`);
    const plain = (body as string).replaceAll(/,?service="recommend",model="ranker"/g, "");
    const has = (text: string) => { expect(plain).toContain(text); };
    has('mlspec_requests_total{status="200"} 2');
    has('mlspec_requests_total{status="400"} 1');
    has('mlspec_errors_total{code="value-invalid"} 1');
    has(`mlspec_predictions_total{version="${version}",arm="live",by="model"} 2`);
    has('mlspec_online_misses_total{view="popularity"} 1');
    has(`mlspec_model_info{version="${version}"} 1`);
    has(`mlspec_batch_rows_count{,version="${version}"} 2`);
    has("mlspec_request_seconds_count{} 3");
    has("mlspec_ignored_inputs_total{} 2");
  });
});
