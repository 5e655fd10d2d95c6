/** The shop in a process of its own, which the test gives few descriptors: `node limited-process.ts <folder>` prints where it listens, then what troubles it. */
import { messageOf } from "../../../runtime/errors.ts";
import { openShop } from "./shop.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder?");
const shop = await openShop({ folder });
const { url } = await shop.serve([await shop.register(0.1)], { limits: { requestTimeoutMs: 600_000 }, onTrouble: (error, doing) => { process.stdout.write(`${doing}: ${messageOf(error)}\n`); } });
process.stdout.write(`${url}\n`);
