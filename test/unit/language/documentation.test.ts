/** Every example of docs/language.md compiles, or has exactly the kind of error that it announces; so do the README's and the editor's starter. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { specOf } from "../../../language-server/language/imports.ts";
import { declarations } from "../../../language-server/vocabulary/declarations.ts";
import { constructors } from "../../../language-server/vocabulary/constructors.ts";
import { fencesOf } from "../../integration/documents/page.ts";
import { open } from "./harness.ts";

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const specsOf = (page: string) => fencesOf(page, file(page)).filter(({ language }) => language === "mlspec").map(({ line, said, text }) => ({ page, line, error: said["error"], finds: said["finds"]?.split(",") ?? [], spec: text }));
const fences = specsOf("docs/language.md");

/** Every finding of every check: where, which, what it says. */
async function findings(spec: string): Promise<readonly { readonly code: string; readonly text: string }[]> {
  const { diagnostics } = await open(spec);
  return diagnostics.map((d) => ({ code: String(d.code), text: `${d.range.start.line + 1}: ${String(d.code)}: ${typeof d.message === "string" ? d.message : d.message.value}` }));
}

describe("docs/language.md", () => {
  test.each(fences)("the example in line $line", async ({ error, spec }) => {
    const { problems } = await open(spec);
    const found = problems.map((p) => (error === undefined ? `${p.range.start.line + 1}: ${p.message}` : p.code));
    expect([...new Set(found)]).toEqual(error === undefined ? [] : [error]);
  });

  // A fragment shows one thing: that something in it is not used, gated or served is no mistake, and stands at the fence.
  test.each(fences.filter((f) => f.error === undefined))("all checks find in the example in line $line what its fence says", async ({ spec, finds }) => {
    const found = await findings(spec);
    expect([...new Set(found.map(({ code }) => code))].sort(), found.map(({ text }) => text).join("\n")).toEqual([...finds].sort());
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
  // A snippet's placeholders stand for their own text.
  const starter = (/new SnippetString\(`([\s\S]*?)`\)/.exec(file("extension/commands/new-spec.ts"))?.[1] ?? "").replaceAll(/\\?\$\{\d+:([^}]*)\}/g, "$1");

  test.each([["README.md", specsOf("README.md")[0]?.spec], ["MLSpec: New Spec", starter]])("%s has a spec without any problem", async (_, spec) => {
    expect(spec).toContain("model buyer");
    expect((await open(spec ?? "")).problems).toEqual([]);
    expect(await findings(spec ?? "")).toEqual([]);
  });
});

/** What these pages show are parts of the yarn shop: put in their place there, they raise no finding. */
describe("declarations on the other pages", () => {
  const shop = `${file("examples/yarnit/catalog.mlspec")}\n${file("examples/yarnit/yarnit.mlspec").replace(/^import .*$/m, "")}`;
  const shown = ["docs/rollout.md", "docs/serving.md"].flatMap(specsOf);

  test("the shop itself raises none", async () => expect(await findings(shop)).toEqual([]));

  test.each(shown)("$page:$line", async ({ spec: text }) => {
    const { document } = await open(shop);
    const [kind = "", name = ""] = text.split(/\s+/);
    const place = specOf(document).declarations.find((d) => d.$type.toLowerCase() === kind && d.name === name)?.$cstNode;
    if (place === undefined) throw new Error(`the yarn shop has no ${kind} ${name}`);
    expect(await findings(shop.slice(0, place.offset) + text + shop.slice(place.end))).toEqual([]);
  });
});
