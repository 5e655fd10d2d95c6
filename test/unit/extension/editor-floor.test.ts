/** The oldest editor that the extension installs in must have a Node that everything runs on: language server and command line use the editor's own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTooOld, needed } from "../../../cli/right-node.ts";

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../../extension/package.json"), "utf8")) as { readonly engines: { readonly vscode: string }; readonly contributes: object };

/** Of VS Code's releases, by minor version: the Node in them where it changed (code.visualstudio.com/updates; Electron 34, 35, 37). */
const nodeIn: readonly (readonly [minor: number, node: string])[] = [[98, "20.18.2"], [100, "20.19.0"], [101, "22.15.1"], [104, "22.17.0"]];

test("the floor of engines.vscode has a Node that is new enough, and no older editor has", () => {
  const floor = Number(/^\^1\.(\d+)\.0$/.exec(manifest.engines.vscode)?.[1]);
  const first = nodeIn.find(([, node]) => !isTooOld(node))?.[0];
  expect(floor).toBe(first);
});

test("the setting for another Node says which is needed", () => expect(JSON.stringify(manifest.contributes)).toContain(`Node ${needed.join(".")} or later`));
