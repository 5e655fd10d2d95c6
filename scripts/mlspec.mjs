// `npm run -s mlspec -- <args>`: the command line of this checkout, set up first if need be.
import { join } from "node:path";
import { node, root, run } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

await setup("run");
// npm runs scripts in the package's folder; INIT_CWD is where the user stands.
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exit(await run(node(), ["--disable-warning=ExperimentalWarning", join(root, "dist", "cli", "main.mjs"), ...process.argv.slice(2)], { cwd }));
