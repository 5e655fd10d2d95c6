/** How a page is read: fences and what they say, calls, what a console shows, the shape of answers. */
import { describe, expect, test } from "vitest";
import { anchorsOf, callsOf, commandsOf, fencesOf, isShown, lastJson, misshapen, shownIn } from "../../integration/documents/page.ts";

const page = "# It's here: `x`\n\n```sh exit=1 not-run=\"no editor\"\nmlspec run a.mlspec; mlspec serve a.mlspec &\n```\n`mlspec rollout start\\|status <file>` …\n\n```console\n$ mlspec status a\nready …\n```\n";

test("fences, with line, language and attributes", () => {
  expect(fencesOf("p", page).map(({ line, language, said }) => ({ line, language, said }))).toEqual([
    { line: 3, language: "sh", said: { exit: "1", "not-run": "no editor" } }, { line: 8, language: "console", said: {} },
  ]);
});

test("calls stand in shells and between backticks", () => expect(callsOf(page)).toEqual(["run a.mlspec", "serve a.mlspec", "status a", "rollout start|status <file>"]));

test("anchors are GitHub's", () => expect(anchorsOf(page)).toEqual(["its-here-x"]));

describe("a console", () => {
  const fence = fencesOf("p", page)[1]!;
  test("has commands, and what they print", () => {
    expect(commandsOf(fence)).toBe("mlspec status a\n");
    expect(shownIn(fence)).toBe("ready …");
  });
  test.each([["ready …", "so\nready  or not\n", true], ["ready …", "unready x", false], ["a\nb", "a\nc\nb", false], ["a\n…\nb", "a\nc\nd\nb", true]])("%j of %j: %s", (shown, output, is) => expect(isShown(shown, output)).toBe(is));
});

test("the last JSON of an output", () => {
  expect(lastJson('listening {\n{"a": 1}\n{"b":\n 2}\n')).toEqual({ b: 2 });
  expect(() => lastJson("nothing")).toThrow("no JSON");
});

describe("the shape of an answer", () => {
  test("is its keys, also within lists", () => expect(misshapen({ a: [{ b: 1 }], n: null }, { a: [{ c: 1 }], n: {} })).toEqual([".a[].b is shown and not there", ".a[].c is there and not shown"]));
  test("is what kinds of values it has", () => expect(misshapen({ a: { b: 1 }, l: [1] }, { a: 5, l: ["x"] })).toEqual([".a is shown as object and is number", ".l[] is shown as number and is string"]));
  test("of a part: what is shown is there", () => expect(misshapen({ a: 1, x: 1 }, { a: 2, b: 3 }, true)).toEqual([".x is shown and not there"]));
});
