/** Characters that cannot be seen, or that look like others, are named by their code points. */
import { describe, expect, test } from "vitest";
import { open } from "./harness.ts";

const messages = async (text: string) => (await open(text)).problems.map(({ message }) => message);
const source = (line: string): string => `source s {\n  read: csv("a")\n  ${line}\n  columns { a: int }\n}\n`;

describe("an unexpected character", () => {
  test.each([
    ["looks like another", "\u0455ource s { }", "unexpected `\u0455` (U+0455)"],
    ["has no width", source("purpose\u200B: [x]"), "unexpected U+200B"],
    ["is NUL", source("purpose: \u0000[x]"), "unexpected U+0000"],
    ["would be followed by a terminal", source("purpose: \u001B[31m[x]"), "unexpected U+001B"],
    ["stands beside others", source("purpose: \u00E9\u200D\u00E9"), "unexpected `\u00E9\u00E9` (U+00E9, U+200D)"],
    ["is beyond 16 bits", source("purpose: \u{1F600}"), "unexpected `\u{1F600}` (U+1F600)"],
    ["is of ASCII", source("purpose: $"), "unexpected `$`"],
  ])("%s", async (_, text, message) => expect(await messages(text)).toContain(message));

  test("is named where another word was expected", async () =>
    expect(await messages('source s {\n  read: csv("a")\n  columns { a "\u202E\u0455": int }\n}')).toContain("expected `: type` after the column `a`, but found `\"\u0455\"` (U+202E, U+0455)"));
});
