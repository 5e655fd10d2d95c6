/** The yarn shop end to end, over three of its days. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunEvent } from "../../../runtime/events.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { makeData, shopWorld } from "../../../examples/yarnit/shop/make-data.ts";
import { events, mlspec, start } from "../cli/mlspec.ts";
import { post } from "../cli/traffic.ts";

const example = join(import.meta.dirname, "..", "..", "..", "examples", "yarnit");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlspec-yarnit-"));
  for (const file of ["yarnit.mlspec", "catalog.mlspec"]) await cp(join(example, file), join(folder, file));
  await makeData(folder, { days: 4, perDay: 10_000 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the shop's model passes its gates, and is served with features from the online store", async () => {
  const { code, out, err } = await mlspec(folder, "run", "yarnit.mlspec", "--events", "ndjson");
  expect(code, err + out.slice(-2000)).toBe(0);
  const evaluated = events<RunEvent>(out).find((event) => event.type === "evaluated") as Extract<RunEvent, { type: "evaluated" }>;
  expect(evaluated.gates.some(({ slice, outcome }) => slice !== null && outcome === "passed")).toBe(true);

  const server = start(folder, ["serve", "yarnit.mlspec", "--port", "0", "--events", "ndjson"]);
  try {
    const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    const { products: [product], shoppers: [shopper] } = shopWorld();
    const version = /"type":"registered".*?"version":"(\w+)"/.exec(out)?.[1] ?? "";
    const { status, body } = await post(url, "/predict", { shopper_id: shopper!.id, sku: product!.sku, kind: product!.kind, query: product!.kind, country: shopper!.country, position: 1, list_price: product!.price });
    expect(status).toBe(200);
    // Its service has a rollout, so a version is live only once that has completed; the fallback reads the product's sales.
    expect(body).toMatchObject({ model: "ranker", version: null, fallback: "no-version" });
    expect(body["prediction"]).toBeGreaterThan(0.02);
    expect((await mlspec(folder, "rollout", "start", "yarnit.mlspec")).out).toContain(version);
  } finally {
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  }
});
