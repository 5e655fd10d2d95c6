/** The law: no error ⇒ everything that was written is in the compiled spec. Over the shipped specs, the documentation's, and changed ones. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declarations } from "../../../language-server/vocabulary/declarations.ts";
import { everything } from "./everything.ts";
import { lost, read, replaced, sitesOf, type Change, type Read, type Site } from "./written.ts";

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

const shipped: Readonly<Record<string, string>> = {
  everything,
  yarnit: `${file("examples/yarnit/catalog.mlspec")}\n${file("examples/yarnit/yarnit.mlspec").replace(/^import .*$/m, "")}`,
  adult: file("examples/adult/adult.mlspec"),
  bikes: file("examples/bike-sharing/bike-sharing.mlspec"),
  retail: file("examples/online-retail/online-retail.mlspec"),
  ...Object.fromEntries([...file("docs/language.md").matchAll(/^```mlspec\n([\s\S]*?)^```$/gm)].map((m, i) => [`docs/language.md #${i + 1}`, m[1] ?? ""])),
};

/** Values of every shape; `x` is what stood there. */
const shapes: readonly ((x: string) => string)[] = [
  () => "[]", (x) => `[${x}]`, (x) => `[[${x}]]`, (x) => `[${x}, ${x}]`, () => `"lead"`, (x) => `"${x.replaceAll(/["\n]/g, "")}"`, () => `""`,
  () => "0", () => "7", () => "-1", () => "0.5", () => "7d", () => "10%", () => "5k / 1d", () => "3GB", () => "null", () => "true", () => "false", () => "2026-01-01",
  () => "nobody", () => "price", () => "sales", () => "ranker", () => "bought", () => "lead", () => "recent", () => "auc", () => "cpu", () => "off", () => "errors", () => "shown", () => "release",
  () => "sales.price", () => "sales.*", () => "recent.*", () => "recent.sold", () => "sales.columns", () => "sales.nobody", () => "ranker.usual", () => "ranker.*", () => "latency.p99", () => "latency.*", () => "current.auc",
  () => "release.canary", () => "1..2", (x) => `if true then ${x} else ${x}`, (x) => `(${x})`, (x) => `-${x}`, (x) => `not ${x}`, (x) => `lower(${x})`, () => "count() over 7d", () => "nobody(1)",
  () => `csv("a")`, () => "adam(rate: 0.5)", () => "gpu()", () => "predictions(flush: 3s)", () => "by_hash()", () => "dense(3)", () => "rate(errors)", () => "same(shopper)", () => "approval(lead)", () => "standardize(price)",
  () => "request { a: int }", () => "price > 1", (x) => `${x} + ${x} + ${x}`, (x) => `${x} and ${x}`, () => "bought from shown", () => "sales where price > 1",
];

/** Something more behind (or inside) what stood there. */
const additions: readonly ((x: string) => string)[] = [
  (x) => `${x} where price > 1`, (x) => `${x} by country`, (x) => `${x} per 3h`, (x) => `${x} over 3h`, (x) => `${x} before canary`, (x) => `${x} from shown`,
  (x) => `(${x} where price > 1)`, (x) => `${x} by country per 3h`, (x) => `${x} where price > 1 over 3h`, (x) => `${x} @pii`, (x) => `${x} @unit(USD)`, (x) => `${x}.price`, (x) => `${x}.*`,
];

const inCall: readonly ((x: string) => string)[] = [
  (x) => `${x} over 3h`, (x) => x.replace("(", "(nobody: "), (x) => x.replace(/\)$/, ", 1)"), (x) => x.replace(/\)$/, ", where price > 3)"), (x) => x.replace(/\)$/, ", nobody: 1)"),
  (x) => x.replace(/\(.*$/s, "()"), (x) => x.replace(/\(.*$/s, "(null)"), (x) => x.replace(/\(.*$/s, `("lead")`), (x) => x.replace(/\(.*$/s, "([])"), (x) => x.replace(/\(.*$/s, "(sales.*)"),
];

const strangers = [
  "nobody: 1", "nobody = 1", "nobody nobody = 1", "require price > 3", "require rate(errors) <= control", "deny inputs where protected", "columns { more: int }", "nobody { }", "nobody more { }", "train { epochs: 3 }",
  "stage more { traffic: 100% }", "owner: \"x\"", "fallback more = 0.3", "slice more = price < 7", "baseline more = 0.3", "quarantine more { from: 2026-01-01, to: 2026-01-02, because: \"x\" }", "expect { require price > 2 }", "inputs { more = number(price) }",
];

/** Behind a column or a feature: a name in the file, tags, tags that are there already. */
const behind: readonly string[] = [` from "elsewhere"`, " @pii", " @pii @pii", " @unit(mile) @unit(km)", ` from "elsewhere" @pii`];

/** Properties as they stand in `everything`, in a block of another declaration of the kind. */
function transplanted(site: Site, text: string, sites: readonly Site[]): string[] {
  const kind = site.name.replace("block of ", "");
  return sites.filter((s) => s.kind === "property" && s.name.startsWith(`${kind} `)).map((s) => text.slice(...s.whole).replace(/[,;]$/, ""));
}

function changesOf(site: Site, text: string, sites: readonly Site[]): Change[] {
  const [from, to] = site.value;
  const old = text.slice(from, to);
  const change = (by: string, adds: boolean): Change => ({ text: replaced(text, site.value, by), whole: [site.whole[0], site.whole[1] + by.length - old.length], adds });
  if (site.kind === "call") return inCall.map((shape) => change(shape(old), false)).filter((c) => c.text !== text).map((c, i) => ({ ...c, adds: i === 0 }));
  if (site.kind === "block") return [...strangers, ...transplanted(site, text, sites)].map((item) => change(old.replace(/\}$/, `\n${item}\n}`), true));
  if (site.kind === "request") return ["gift: bool", "price: float @pii"].map((field) => change(old.replace(/\}$/, `, ${field} }`), true));
  if (site.kind === "tag") return [...behind.slice(1, 4), " @unit(km)"].map((more) => change(`${old}${more}`, true));
  if (site.kind === "physical") return ['"elsewhere"', `${old} @pii @pii`, `${old} @unit(mile) @unit(km)`].map((name) => change(name, false));
  if (site.kind === "column") return [...shapes.map((shape) => change(shape(old), false)), ...behind.map((more) => insertedBefore(site, text, more))];
  const twice: Change = { text: replaced(text, [site.whole[1], site.whole[1]], `${/[,;]$/.test(text.slice(...site.whole)) ? "" : ", "}${text.slice(...site.whole)} `), whole: site.whole, adds: false };
  return [...shapes.map((shape) => change(shape(old), false)), ...additions.map((shape) => change(shape(old), true)), ...(["property", "requirement", "denial"].includes(site.kind) ? [{ ...twice, adds: true }] : [])];
}

/** Before the `=` of a computed column: there a name in the file and tags may stand. */
function insertedBefore(site: Site, text: string, more: string): Change {
  const at = text.slice(0, site.value[0]).lastIndexOf("=");
  return { text: replaced(text, [at, at], `${more.trim()} `), whole: [at, at + more.trim().length], adds: true };
}

interface Tally {
  readonly vanished: string[];
  /** Cases without an error, and all of them: were every case an error, nothing would be shown. */
  silent: number;
  all: number;
}

const tally = (): Tally => ({ vanished: [], silent: 0, all: 0 });

async function examine(into: Tally, site: Site, change: Change, before: Read): Promise<void> {
  into.all++;
  const after = change.text === before.document.textDocument.getText() ? before : await read(change.text);
  if (after.errors.length > 0) return;
  into.silent++;
  const problem = await lost(site, change, before, after);
  if (problem !== undefined) into.vanished.push(`${site.name}: \`${change.text.slice(...change.whole).replaceAll(/\s+/g, " ").slice(0, 120)}\`: ${problem}`);
}

describe("no error ⇒ everything that was written is in the compiled spec", () => {
  test.each(Object.entries(shipped))("%s as it is", async (_, text) => {
    const before = await read(text);
    expect(before.errors).toEqual([]);
    const found = tally();
    for (const site of sitesOf(before.document)) await examine(found, site, { text, whole: site.whole, adds: false }, before);
    expect(found.vanished).toEqual([]);
    expect(found.silent).toBe(found.all);
  }, 240_000);

  test("changed at random: every kind of place, values of every shape", async () => {
    const before = await read(everything);
    const sites = sitesOf(before.document).map((site) => ({ site, changes: changesOf(site, everything, sitesOf(before.document)) }));
    expect(new Set(sites.map(({ site }) => site.kind)).size).toBe(12);
    const found = tally();
    const one = fc.constantFrom(...sites).chain(({ site, changes }) => fc.constantFrom(...changes).map((change) => ({ site, change })));
    await fc.assert(fc.asyncProperty(one, async ({ site, change }) => {
      await examine(found, site, change, before);
      expect(found.vanished).toEqual([]);
    }), { numRuns: 500, endOnFailure: true });
    expect(found.silent).toBeGreaterThanOrEqual(8);
  }, 240_000);

  // What is easily written and easily dropped: all of it, not a sample.
  test.each(["column", "physical", "tag", "block", "request"])("changed in every way: each %s", async (kind) => {
    const before = await read(everything);
    const all = sitesOf(before.document);
    const found = tally();
    for (const site of all.filter((s) => s.kind === kind)) for (const change of changesOf(site, everything, all)) await examine(found, site, change, before);
    expect(found.vanished).toEqual([]);
    expect(found.silent).toBeGreaterThan(0);
  }, 240_000);

  test("an empty list says something, or is told", async () => {
    const before = await read(everything);
    const found = tally();
    const lists = sitesOf(before.document).filter((s) => s.kind === "property" || s.kind === "argument");
    for (const site of lists) await examine(found, site, { text: replaced(everything, site.value, "[]"), whole: [site.whole[0], site.whole[1] + 2 - (site.value[1] - site.value[0])], adds: false }, before);
    expect(found.vanished).toEqual([]);
    expect(found.silent).toBeGreaterThan(3);
  }, 240_000);

  test("no property of the vocabulary takes just anything", async () => {
    const { document } = await read(everything);
    const values = sitesOf(document).filter((site) => site.kind === "property");
    expect(new Set(values.map((site) => site.name))).toEqual(new Set(declarations.flatMap((d) => [{ ...d, kind: d.type }, ...d.sections]).flatMap((b) => b.properties.map((p) => `${b.kind} ${p.name}`))));
    const taken: string[] = [];
    for (const site of values) {
      for (const value of ["null", "[[nobody]]", "1..2", `"not a name!" where true`]) {
        if ((await read(replaced(everything, site.value, value))).errors.length === 0) taken.push(`${site.name}: ${value}`);
      }
    }
    expect(taken).toEqual([]);
  }, 240_000);
});
