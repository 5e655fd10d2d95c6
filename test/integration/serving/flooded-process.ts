/**
 * The shop in a process of its own, in a rollout that tells shoppers apart: `node --expose-gc flooded-process.ts <folder>` prints where
 * it listens, and answers `how much?` with the memory that is left after a collection.
 */
import { createRouter } from "../../../runtime/rollout/router.ts";
import { noObserver, rolloutRouter } from "../../../runtime/serving/routing.ts";
import { openShop } from "./shop.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder?");
const shop = await openShop({ folder, service: { log: { flushMs: 3_600_000, hashPii: true, retainMs: null } } });
const [live, candidate] = [await shop.register(0.1), await shop.register(0.2)];
const router = createRouter("recommend");
router.publish({ service: "recommend", live, rollout: { id: "release-1", candidate, stage: 1, traffic: 0.1, unit: "shopper_id", isUnitPersonal: null, draw: "release-1", tolerances: [], mirrored: [] } });
const { url } = await shop.serve([live, candidate], {
  router: rolloutRouter(router), observer: noObserver, mostRecent: 10_000,
  limits: { requestTimeoutMs: 300_000 }, // the client has a busy machine too
});
process.on("message", (message) => {
  if (message !== "how much?") return;
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ heapUsed, external, rss });
});
process.stdout.write(`${url}\n`);
