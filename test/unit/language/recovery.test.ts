/** Half-typed and broken specs: nothing throws, one mistake breaks one line, and messages are in the language's words. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { URI } from "langium";
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import { isDeclaration } from "../../../grammar/generated/ast.ts";
import { specOf } from "../../../language-server/language/imports.ts";
import { syntaxProblems } from "../../../language-server/validation/syntax.ts";
import { check, open, services, shop } from "./harness.ts";

const yarnit = readFileSync(new URL("../../../examples/yarnit/yarnit.mlspec", import.meta.url), "utf8");
const tokens = [...yarnit.matchAll(/\/\/.*|[A-Za-z_]\w*|[0-9][^\s,)\]}]*|"[^"\n]*"|->|\.\.|[<>=!]=|\S/g)].filter((m) => !m[0].startsWith("//"));
const { shared } = services();
const parse = (text: string) => shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse("memory:///broken.mlspec"));
const outline = (text: string) =>
  specOf(parse(text)).declarations.map((d) => ({ name: `${d.$type} ${d.name}`, items: "body" in d ? d.body?.items.length : 0, from: d.$cstNode?.offset ?? 0, to: d.$cstNode?.end ?? 0 }));

describe("messages", () => {
  test.each([
    [`source s {\n  read:\n  «time»: a //~ syntax: \`read\` has no value: expected an expression before \`time\`\n  columns { a: timestamp }\n}`],
    [`source s {\n  read «csv»("a") //~ syntax: expected\n  columns { a: int }\n}`],
    [`entity a { key: k\n«entity» b { key: k } //~ syntax: this block is not closed: \`}\` expected before \`entity\``],
    [`entity a { key: k }\n«}» //~ syntax: this \`}\` closes nothing`],
    [`«enttiy» a { key: k } //~ syntax: expected a declaration, but found \`enttiy\`: did you mean \`entity …\`?`],
    [`role r { members: [«"a]» } //~ syntax: this text is not closed`],
    [`entity a { key: k }\nimport "./b.mlspec" //~ syntax: imports come before all declarations`],
  ])("%s", async (text) => {
    const { problems } = await open(text.replaceAll(/ *\/\/~.*$/gm, "").replaceAll(/[«»]/g, ""));
    const wanted = /\/\/~ syntax: (.*)$/m.exec(text)?.[1] ?? "";
    expect(problems.filter((p) => p.code === "syntax").map((p) => p.message).join("\n")).toContain(wanted);
    for (const problem of problems) expect(problem.message).not.toMatch(/token|Expecting|EOF|-->/);
  });
});

test("a broken block does not silence the others", async () => {
  await check(`source a {
  read: csv("a"
  «columns» { x: int } //~ syntax: this \`(\` is not closed
}
source b {
  read: csv("b")
  latenes: 1m //~ unknown-property: did you mean \`lateness\`?
  columns { x: «strin» } //~ unknown-type: did you mean \`string\`?
}
`);
});

test("a line without its value does not take the next one's name", () => {
  const document = parse(`source s {\n  read: csv("a")\n  columns {\n    a:\n    b: int\n    c: string\n  }\n}`);
  expect(syntaxProblems(document)).toHaveLength(1);
  const [source] = specOf(document).declarations;
  const names = source?.$type === "Source" ? source.body.items.flatMap((i) => (i.$type === "Columns" ? i.columns.map((c) => c.name) : [])) : [];
  expect(names).toEqual(expect.arrayContaining(["b", "c"]));
});

test("any one token may be missing: every other declaration stays whole", () => {
  const whole = outline(yarnit);
  fc.assert(fc.property(fc.constantFrom(...tokens), (token) => {
    const text = yarnit.slice(0, token.index) + " ".repeat(token[0].length) + yarnit.slice(token.index + token[0].length);
    const left = new Map(outline(text).map((d) => [d.name, d.items]));
    for (const d of whole) {
      if (token.index >= d.from && token.index < d.to) continue;
      if (token.index < (whole[0]?.from ?? 0)) continue;
      expect(left.get(d.name), `${d.name} after losing ${token[0]} at ${token.index}`).toBe(d.items);
    }
  }), { numRuns: 60, seed: 7 });
});

test("every prefix of a spec is validated and compiled without an exception", async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...tokens), async (token) => {
    const { document, spec } = await open(yarnit.slice(0, token.index + token[0].length));
    expect(specOf(document).declarations.every(isDeclaration)).toBe(true);
    expect(spec.version).toBe(compiledSpecVersion);
  }), { numRuns: 40, seed: 11 });
});

test("random deletions of whole stretches throw nothing", async () => {
  const place = fc.nat(yarnit.length);
  await fc.assert(fc.asyncProperty(place, fc.nat(200), place, fc.string({ maxLength: 6 }), async (at, length, where, noise) => {
    const text = yarnit.slice(0, at) + yarnit.slice(at + length);
    await open(text.slice(0, where) + noise + text.slice(where));
  }), { numRuns: 30, seed: 5 });
});

test.each(["/* open", "/*", "/*/", "/* a /* b\n/* c"])("a comment that nobody closes is one error, where it begins: %s", async (comment) => {
  const { problems, spec } = await open(`entity a { key: k }\n${comment}\nentity b { key: k }\n`);
  expect(problems).toMatchObject([{ code: "syntax", message: "this comment is not closed: `*/` expected", range: { start: { line: 1, character: 0 }, end: { line: 1, character: 2 } } }]);
  expect(spec.entities.map((e) => e.name)).toEqual(["a"]);
});

test("a closed comment at the end is no error", async () => {
  expect((await open("entity a { key: k }\n/**/")).problems).toEqual([]);
});

test("an event in brackets inside of `same` is a mistake of the spec, not of ours", async () => {
  const { problems } = await open(shop.replace("is: gift", "is: same((sales where same(product)))"));
  expect(problems.map((p) => p.code)).not.toContain("internal-error");
});

describe("a half-typed operator is a syntax error, and what is around it stays", () => {
  const source = (value: string): string => `source s {\n  read: csv("a")\n  columns { a: int, b: bool = ${value} }\n}\nentity e { key: k }\n`;

  test.each(["or is_null(a)", "is_null(a) or", "not", "a in", "a == ", "-", "if a > 1 then", "if then else", "( )", "a .. ", "[a, or", "a not", "a >= and"])("%s", async (value) => {
    const { problems, spec } = await open(source(value));
    expect(problems[0]?.code).toBe("syntax");
    // Where the parser read a value before the operator, its type may be wrong too.
    expect(problems.filter((p) => p.code !== "syntax" && p.code !== "type-mismatch")).toEqual([]);
    expect(spec.entities.map((e) => e.name)).toEqual(["e"]);
  });
});

test("as deep as anybody writes is fine", async () => {
  await check(`${shop}\nfeatures deep {\n  from: sales\n  x = ${"(".repeat(80)}price${")".repeat(80)}\n}\n`);
});

describe("absurdly deep", () => {
  const view = (expression: string): string => `${shop}\nfeatures deep {\n  from: sales\n  x = ${expression}\n}\n`;

  test.each([
    ["parentheses", "(".repeat(20_000) + "1" + ")".repeat(20_000)],
    ["lists", "[".repeat(20_000)],
    ["negations", "not ".repeat(20_000) + "gift"],
    ["sums", "1" + " + 1".repeat(20_000)],
  ])("%s are an error of the file at worst", async (_what, expression) => {
    const { problems } = await open(view(expression));
    for (const problem of problems) expect(problem.message.length).toBeLessThan(300);
  });
});

describe("a column's parts", () => {
  const form = 'stands too late here: a column is `name: type -> entity from "name in the file" @tag = value`, in this order';
  const columns = (line: string): string => `entity zone { key: id }\nsource s {\n  read: csv("a")\n  columns {\n    id: int\n    ${line}\n    last: int\n  }\n}`;
  test.each([
    ['tip: float @unit(USD) from "x"', '`from "x"`'],
    ['tip: float = 3.0 from "x"', undefined],
    ['tip: int from "k" -> zone', "`->`"],
    ["tip: int @pii -> zone", "`->`"],
    ["tip: int = 3 @pii", "`@`"],
  ])("in another order: %s", async (line, part) => {
    const { problems } = await open(columns(line));
    expect(problems.map((p) => `${p.range.start.line + 1} ${p.message}`)).toEqual([part === undefined ? expect.stringMatching(/^6 /) : `6 ${part} ${form}`]);
  });
});

test("a sum of thousands is told where it stands", async () => {
  const { problems } = await open(`source s {\n  read: csv("a")\n  columns {\n    x: float\n    z: float = x${" + x".repeat(8000)}\n    last: int\n  }\n}\nsource t { read: csv("b"), columns { a: int } }`);
  expect(problems.map((p) => `${p.range.start.line + 1}:${p.range.start.character + 1} ${p.message}`)).toEqual(["5:5 this is nested too deeply to be read: give parts of it names of their own"]);
});

test("a semicolon behind a block", async () => {
  const { problems } = await open("entity a { key: k; }\nentity b { key: k };\nentity c { key: k }");
  expect(problems.map((p) => `${p.range.start.line + 1} ${p.message}`)).toEqual(["2 `;` stands only between items in braces: leave it out here"]);
});
