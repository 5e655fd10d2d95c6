/** The shop in a process of its own, to be killed: `node shop-process.ts <folder>` prints where it listens. */
import { openShop } from "./shop.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder?");
const shop = await openShop({ folder, service: { log: { flushMs: 3_600_000, hashPii: true, retainMs: null } } });
const { url } = await shop.serve([await shop.register(0.1)]);
process.stdout.write(`${url}\n`);
