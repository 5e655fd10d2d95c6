// Where the editor that the tests drive is: code-server (a VS Code in a browser) and a Chromium to look at it with.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

const first = (paths) => paths.find((path) => path && existsSync(path)) ?? null;

export const codeServer = () => first([process.env.MLSPEC_CODE_SERVER, join(root, ".tools/code-server/node_modules/code-server/out/node/entry.js")]);
export const chromium = () => first([process.env.MLSPEC_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]);

/** Null when the editor tests can run, else what to do. */
export function editorMissing() {
  if (codeServer() === null) return "no code-server; `node scripts/install-editor.mjs` installs it into .tools/ (2 minutes, 600 MB), or name one in MLSPEC_CODE_SERVER";
  if (chromium() === null) return "no Chromium; install Debian's `chromium`, or name one in MLSPEC_CHROMIUM";
  return null;
}
