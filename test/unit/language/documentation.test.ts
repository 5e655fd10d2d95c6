/** Every example of docs/language.md compiles, or has exactly the kind of error that it announces; so do the README's and the editor's starter. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { specOf } from "../../../language-server/language/imports.ts";
import { declarations } from "../../../language-server/vocabulary/declarations.ts";
import { constructors } from "../../../language-server/vocabulary/constructors.ts";
import { open } from "./harness.ts";

const text = readFileSync(new URL("../../../docs/language.md", import.meta.url), "utf8");
const fences = [...text.matchAll(/^```mlspec(?: error=([a-z-]+))?\n([\s\S]*?)^```$/gm)].map((m) => ({ line: text.slice(0, m.index).split("\n").length, error: m[1], spec: m[2] ?? "" }));

/** A fragment shows one thing: what is not used, gated or served within it is no mistake of it. Everything else is. */
const ofFragments = new Set(["unused-declaration", "no-evaluation-gate", "no-fallback"]);

async function findings(spec: string, known: ReadonlySet<string> = ofFragments): Promise<string[]> {
  const { diagnostics } = await open(spec);
  return diagnostics.filter((d) => !known.has(String(d.code))).map((d) => `${d.range.start.line + 1}: ${String(d.code)}: ${typeof d.message === "string" ? d.message : d.message.value}`);
}

describe("docs/language.md", () => {
  test.each(fences)("the example in line $line", async ({ error, spec }) => {
    const { problems } = await open(spec);
    const found = problems.map((p) => (error === undefined ? `${p.range.start.line + 1}: ${p.message}` : p.code));
    expect([...new Set(found)]).toEqual(error === undefined ? [] : [error]);
  });

  test.each(fences.filter((f) => f.error === undefined))("no check has anything to say about the example in line $line, but what concerns a fragment", async ({ spec }) => {
    expect(await findings(spec)).toEqual([]);
  });

  test("every property, block and constructor of the vocabulary appears in an example", () => {
    const examples = fences.map((f) => f.spec).join("\n");
    const blocks = declarations.flatMap((d) => [d, ...d.sections]);
    const words = [...blocks.flatMap((b) => b.properties.map((p) => `${p.name}:`)), ...declarations.flatMap((d) => d.sections.map((s) => s.kind)), ...declarations.map((d) => `${d.kind} `)];
    const calls = constructors.filter((c) => !["parquet", "csv", "json", "min", "max", "avg", "sgd", "by_hash", "by_group"].includes(c.name)).map((c) => `${c.name}(`);
    expect([...words, ...calls].filter((word) => !examples.includes(word))).toEqual([]);
  });
});

describe("what a newcomer meets first", () => {
  const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const readme = [...file("README.md").matchAll(/^```mlspec\n([\s\S]*?)^```$/gm)].map((m) => m[1] ?? "");
  // A snippet's placeholders stand for their own text.
  const starter = (/new SnippetString\(`([\s\S]*?)`\)/.exec(file("extension/commands/new-spec.ts"))?.[1] ?? "").replaceAll(/\\?\$\{\d+:([^}]*)\}/g, "$1");

  test.each([["README.md", readme[0]], ["MLSpec: New Spec", starter]])("%s has a spec without any problem", async (_, spec) => {
    expect(spec).toContain("model buyer");
    expect((await open(spec ?? "")).problems).toEqual([]);
    expect(await findings(spec ?? "", new Set())).toEqual([]);
  });
});

/** What these pages show are parts of the yarn shop: put in their place there, they raise no finding. */
describe("declarations on the other pages", () => {
  const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const shop = `${file("examples/yarnit/catalog.mlspec")}\n${file("examples/yarnit/yarnit.mlspec").replace(/^import .*$/m, "")}`;
  const shown = ["docs/rollout.md", "docs/serving.md"].flatMap((page) => [...file(page).matchAll(/^```mlspec\n([\s\S]*?)^```$/gm)].map((m) => ({ page, text: m[1] ?? "" })));

  test("the shop itself raises none", async () => expect(await findings(shop, new Set())).toEqual([]));

  test.each(shown)("$page", async ({ text }) => {
    const { document } = await open(shop);
    const [kind = "", name = ""] = text.split(/\s+/);
    const place = specOf(document).declarations.find((d) => d.$type.toLowerCase() === kind && d.name === name)?.$cstNode;
    if (place === undefined) throw new Error(`the yarn shop has no ${kind} ${name}`);
    expect(await findings(shop.slice(0, place.offset) + text + shop.slice(place.end), new Set())).toEqual([]);
  });
});
