/** A backslash in a text begins one of a few escapes: of any other, nobody can say what was meant. */
import { expect, test } from "vitest";
import { check, compile, open } from "./harness.ts";

test.each([
  [String.raw`source s {
  read: csv("a", missing: ["«\N»"]) //~ syntax: unknown escape ${"`\\N`"} in a text
  columns { a: int }
}`],
  [String.raw`source s {
  read: csv("C:\\new«\d»ata") //~ syntax: unknown escape ${"`\\d`"} in a text
  columns { a: int }
}`],
  [String.raw`role r { members: ["a\tb", "«\'»"] } //~ syntax: unknown escape`],
  [String.raw`// a comment may say \N as it likes
role r { members: ["a\"b"] }`],
])("%s", async (text) => check(text));

test("says how a backslash is written, once for each escape", async () => {
  const { problems } = await open(String.raw`role r {
  members: ["\a",
    "\b\c"]
}`);
  expect(problems.map((p) => [p.message, p.hint])).toEqual(["a", "b", "c"].map((c) => [`unknown escape \`\\${c}\` in a text`, String.raw`A backslash itself is written ${"`\\\\`"}; known are \" \\ \n \t \r.`]));
});

test("of an imported file too", async () => {
  const { diagnostics } = await open({ "main.mlspec": `import "other.mlspec"\nentity e { key: k }`, "other.mlspec": String.raw`role r { members: ["\N"] }` });
  expect(diagnostics.map((d) => d.code)).toEqual([]);
});

test("known ones become what they stand for", async () => {
  const spec = await compile(String.raw`role r { members: ["\"\\\n\t\r"] }`);
  expect(spec.roles.map((r) => r.members)).toEqual([["\"\\\n\t\r"]]);
});
