// `npm run bench [-- training serving]`: programs in bench/, one after the other, each with a peer in the same run and a ratio at its end.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { node, root, run } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

await setup();
const all = readdirSync(join(root, "bench")).filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -".ts".length)).sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}; there are ${all.join(", ")}.\n`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : all) {
  process.stdout.write(`\n── ${name}\n`);
  if ((await run(node(), ["--disable-warning=ExperimentalWarning", join(root, "bench", `${name}.ts`)])) !== 0) failed += 1;
}
process.exit(failed > 0 ? 1 : 0);
