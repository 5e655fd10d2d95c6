/** Every spec that is shipped or shown: the examples, the documents' blocks, the explanations of the checks. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { checks } from "../../../language-server/checks/index.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

export const catalog = read("examples/yarnit/catalog.mlspec");

const examples = globSync("examples/*/*.mlspec", { cwd: root }).sort().map(read);
const shown = ["README.md", ...globSync("docs/*.md", { cwd: root }).sort()].flatMap((path) => [...read(path).matchAll(/^```mlspec[^\n]*\n([\s\S]*?)^```$/gm)].map((m) => m[1] ?? ""));
const explained = checks.flatMap((check) => [exampleSpec(check.explanation.failing), exampleSpec(check.explanation.mended)]);

export const corpus: readonly string[] = [...examples, ...shown, ...explained];
