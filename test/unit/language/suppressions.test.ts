/** `// mlspec-ignore check: reason`: a comment of its own, as the lexer sees comments; anything that merely looks like one is no suppression or is told. */
import { describe, expect, test } from "vitest";
import type { Range } from "../../../language-server/validation/problem.ts";
import { open } from "./harness.ts";

/** A service without a fallback, which `no-fallback` finds; `above` stands on the line over it. */
const serving = (above: string, behind = ""): string => `entity p { key: k }
source s {
  read: csv("a")
  columns { a: int, b: bool }
}
label l: bool { of: s, is: b }
dataset d { examples: s, label: l, features: [s.a] }
model m { predict: l from d }
evaluation e of m { require auc >= 0.7 }
${above}
service answer { model: m }${behind}
`;

const findings = async (text: string) => (await open(text)).diagnostics.filter((d) => d.code === "no-fallback" || d.code === "unused-suppression").map((d) => `${d.range.start.line}: ${String(d.code)}: ${typeof d.message === "string" ? d.message : d.message.value}`);
const silent = /^10: no-fallback/;

test("without a comment the check speaks", async () => {
  expect(await findings(serving(""))).toEqual([expect.stringMatching(silent)]);
});

describe("silences", () => {
  test.each(["// mlspec-ignore no-fallback: the shop shows its own", "  //mlspec-ignore  no-fallback :  why not  "])("%s", async (above) => expect(await findings(serving(above))).toEqual([]));
  test("behind the line itself", async () => expect(await findings(serving("", " // mlspec-ignore no-fallback: the shop shows its own"))).toEqual([]));
  test("on Windows", async () => expect(await findings(serving("// mlspec-ignore no-fallback: the shop shows its own").replaceAll("\n", "\r\n"))).toEqual([]));
});

describe("speaks for one line", () => {
  const two = (first: string, second = ""): string => serving("").replace("service answer { model: m }", `${first}\nservice answer { model: m }${second}\nservice other { model: m }`);
  const comment = "// mlspec-ignore no-fallback: the shop shows its own";

  test("behind code, for that line and not the next", async () => expect(await findings(two("", ` ${comment}`))).toEqual([expect.stringMatching(/^12: no-fallback.*`other`/)]));
  test("on a line of its own, for the next with code", async () => {
    for (const above of [comment, `${comment}\n`, `${comment}\n// and so on`, `${comment}\n\n/// It answers.`, `/* a */ ${comment}`]) {
      expect(await findings(two(above))).toEqual([expect.stringMatching(/no-fallback.*`other`/)]);
    }
  });
  test("of several, each", async () => expect(await findings(two("// mlspec-ignore no-fallback: a\n// mlspec-ignore unused-declaration: b"))).toEqual([
    expect.stringMatching(/^11: unused-suppression: .*`unused-declaration` has no finding on the next line/), expect.stringMatching(/no-fallback.*`other`/),
  ]));
  test("behind the line above nothing", async () => expect(await findings(serving(`role r { members: ["a@b"] } ${comment}`))).toEqual([
    expect.stringMatching(/^9: unused-suppression: .*no finding on this line/), expect.stringMatching(silent),
  ]));
  test("at the end of the file", async () => expect(await findings(`${serving("")}${comment}`)).toEqual([expect.stringMatching(silent), expect.stringMatching(/unused-suppression.*no finding on this line/)]));
  test("is marked from its beginning to its end when it silences nothing", async () => {
    const { document, diagnostics } = await open(serving(`role r { members: ["a@b"] } ${comment}`));
    expect(diagnostics.filter(({ code }) => code === "unused-suppression").map(({ range }) => document.textDocument.getText(range))).toEqual([comment]);
  });
});

describe("is no comment, and silences nothing", () => {
  test.each([
    `role r { members: ["// mlspec-ignore no-fallback: x"] }`,
    `role r { members: ["a@b", "x // mlspec-ignore no-fallback: x"] }`,
    `entity q { key: k } /* it says "// mlspec-ignore no-fallback: x" */`,
  ])("%s", async (above) => {
    const found = await findings(serving(above));
    expect(found).toContainEqual(expect.stringMatching(silent));
    expect(found.filter((f) => /silences nothing/.test(f))).toEqual([]);
  });
});

describe("is a finding when it is malformed, and silences nothing", () => {
  test.each([
    ["// mlspec-ignore no_fallback: x", "There is no check `no_fallback` to ignore: did you mean `no-fallback`?"],
    ["// mlspec-ignore No-Fallback: x", "There is no check `No-Fallback` to ignore: did you mean `no-fallback`?"],
    ["// MLSPEC-IGNORE no-fallback: x", "written `mlspec-ignore`"],
    ["// mlspec_ignore no-fallback: x", "written `mlspec-ignore`"],
    ["// mlspec-ignore no-fallback, unused-declaration: x", "one check"],
    ["// mlspec-ignore no-fallback unused-declaration: x", "one check"],
    ["// mlspec-ignore no-fallback", "no reason"],
    ["// mlspec-ignore no-fallback:", "no reason"],
    ["// mlspec-ignore no-fallback because I say so", "one check"],
    ["// mlspec-ignore: no-fallback", "which check"],
    ["// mlspec-ignore", "which check"],
    ["/* mlspec-ignore no-fallback: x */", "`//`"],
    ["// mlsepc-ignore no-fallback: x", "`mlsepc-ignore` silences nothing: it is written `mlspec-ignore`, in small letters. Write `// mlspec-ignore no-fallback: x`."],
    ["// mlspec-ingore no-fallback: the shop shows its own", "Write `// mlspec-ignore no-fallback: the shop shows its own`."],
    ["// mlspec-disable no-fallback", "`mlspec-disable` silences nothing"],
    ["// mlspec-disable-next-line no-fallback: x", "`mlspec-disable` silences nothing"],
    ["// mlspec ignore no-fallback: x", "`mlspec ignore` silences nothing"],
    ["// mlspec: ignore no-fallback", "`mlspec: ignore` silences nothing"],
    ["// MLSpec: suppress no-fallback: x", "`MLSpec: suppress` silences nothing"],
    ["// @mlspec-ignore no-fallback: x", "nothing stands between `//` and `mlspec-ignore`"],
    ["//! mlspec-ignore no-fallback: x", "nothing stands between `//` and `mlspec-ignore`"],
    ["// mlspec-off no-fallback: x", "`mlspec-off` silences nothing"],
    ["// ml-spec-ignore no-fallback: x", "`ml-spec-ignore` silences nothing: it is written `mlspec-ignore`, in small letters"],
    ["// mlspec\u2011ignore no-fallback: x", "its dash is another character than the plain `-`. Write `// mlspec-ignore no-fallback: x`."],
    ["// mlspec-ignore no-fallback: .", "no reason"],
    ["// mlspec-ignore no-fallback: \u200b", "no reason"],
    ["// mlspecignore no-fallback: x", "`mlspecignore` silences nothing"],
    ["// mlspc-ignore: no-fallback", "`mlspc-ignore` silences nothing"],
    ["// mlspec ignores no-fallback: x", "`mlspec ignores` silences nothing"],
    ["// mlspec noqa", "`mlspec noqa` silences nothing"],
    ["/* mlsepc-ignore no-fallback: x */", "Write `// mlspec-ignore no-fallback: x`."],
    ["/// mlspec-ignore no-fallback: x", "`//`"],
    ["// later // mlspec-ignore no-fallback: x", "a comment of its own"],
    ["/*\n * mlspec-ignore no-fallback: x */", "`//`"],
  ])("%s", async (above, why) => {
    const found = await findings(serving(above));
    expect(found).toContainEqual(expect.stringMatching(/^1[01]: no-fallback/));
    const told = found.filter((f) => f.includes("unused-suppression"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(why);
  });

  test.each([
    ["// mlsepc-ignore no-fallback: x", "// mlspec-ignore no-fallback: x"],
    ["/// mlspec-ignore no-fallback: x", "// mlspec-ignore no-fallback: x"],
    ["// MLSpec: suppress no-fallback: a reason: y ", "// mlspec-ignore no-fallback: a reason: y"],
    ["// mlspec-disable no-fallback", undefined],
    ["/* mlsepc-ignore no-fallback: x */", undefined],
    ["// later // mlspec-ignore no-fallback: x", undefined],
  ])("%s has a fix where nothing is lost by it", async (above, written) => {
    const text = serving(above);
    const { document, diagnostics } = await open(text);
    const fixes = diagnostics.filter(({ code }) => code === "unused-suppression").flatMap(({ data }) => (data as { fixes?: { edits: { range: Range; newText: string }[] }[] }).fixes ?? []);
    expect(fixes.map(({ edits }) => edits.map((e) => [document.textDocument.getText(e.range), e.newText]))).toEqual(written === undefined ? [] : [[[above, written]]]);
    if (written === undefined) return;
    expect(await findings(text.replace(above, written))).toEqual([]);
  });

  test("also in a file with errors", async () => {
    expect(await findings(`role r { nonsense: 1 }\n// mlspec-ignore no_fallback: x\nentity e { key: k }`)).toEqual([expect.stringContaining("did you mean `no-fallback`?")]);
  });
});

describe("what is only about ignoring, or about MLSpec, is an ordinary comment", () => {
  test.each([
    "// see the manual on mlspec-ignore", "// ignore this, mlspec", "// mlspec ignores what it does not know", "// mlspec ignore comments are explained in the manual", "// MLSpec disables nothing by itself",
    "// mlspec: ignored findings stand in the report", "// mlspec ignores files: they are not for it", "// mlspec checks this: no fallback is needed", "// mlspec-ignored findings are counted", "// mlspec",
    "// spec-ignore is another tool's word", "// ignore no-fallback: nobody is asked", "// model: ignore the rest", "// mlspec allows one per line", "// mlspec skips the header: see `skip`", "// mlspec allow lists are long",
    "// the rest: mlspec-disable is no word", "// mlspec off by default", "//! mlspec ignores files", "// ml-spec files", "// ml-ignore lists", "//", "/* mlspec */",
  ])("%s", async (above) => expect(await findings(serving(above))).toEqual([expect.stringMatching(/^1[01]: no-fallback/)]));
});

describe("in a file without a model", () => {
  const library = (check: string): string => `role lead { members: ["a@b"] }\nsource s {\n  read: csv("a")\n  // mlspec-ignore ${check}: r\n  columns { a: int @pii }\n}\n`;
  const told = async (text: string) => (await open(text)).diagnostics.filter((d) => d.code === "unused-suppression").map((d) => d.range.start.line);

  test.each(["no-fallback", "latency-above-timeout", "leakage-through-time", "unused-suppression"])("%s stands in nothing that is declared here, so nobody who imports it needs the ignore", async (check) => expect(await told(library(check))).toEqual([3]));
  test.each(["pii-reaches-model", "requirements-contradict"])("%s may be found in what others make of it", async (check) => expect(await told(library(check))).toEqual([]));
});
