// `npm run quickstart`: set-up, then the main job on the yarn shop (examples/yarnit/quickstart.ts).
import { join } from "node:path";
import { node, root, run } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

await setup("run");
process.exit(await run(node(), ["--disable-warning=ExperimentalWarning", join(root, "examples", "yarnit", "quickstart.ts")]));
