/** Bytes that are no UTF-8 are told with their place; nothing is read as something else. */
import { describe, expect, test } from "vitest";
import { textFrom } from "../../../language-server/language/utf8.ts";
import { check } from "./harness.ts";

const spec = "entity café { key: naïve } // € 😀\n";
const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("is read", () => {
  test("UTF-8", () => expect(textFrom(Buffer.from(spec))).toBe(spec));
  test("with a mark of byte order, which is none of the text", () => expect(textFrom(Buffer.from(`\uFEFF${spec}`))).toBe(spec));
  test("nothing", () => expect(textFrom(new Uint8Array())).toBe(""));
  test("a letter that stands for what could not be read is a letter here", () => expect(textFrom(Buffer.from("\uFFFD"))).toBe("\uFFFD"));
});

describe("is refused", () => {
  test.each([
    ["Latin-1", latin("entity a { key: k }\nentity caf\xe9 { key: k }\n"), "is not UTF-8: line 2 has the byte 0xe9 (byte 31 of the file), where no letter of UTF-8 can be", "`é`"],
    ["at the end", latin("// caf\xe9"), "line 1 has the byte 0xe9 (byte 7 of the file)", "`é`"],
    ["before a long rest", latin(`a\n\n\xfc${"b".repeat(10_000)}`), "line 3 has the byte 0xfc (byte 4 of the file)", "`ü`"],
    ["a byte that only follows others", Uint8Array.of(0x61, 0xc3, 0xa9, 0xa9), "line 1 has the byte 0xa9 (byte 4 of the file)", "Save it as UTF-8"],
    ["a letter cut short", Uint8Array.of(0x61, 0x0a, 0xe2, 0x82), "line 2 has the byte 0xe2 (byte 3 of the file)", "Save it as UTF-8"],
    ["a longer form than needed", Uint8Array.of(0x61, 0xc0, 0xaf), "line 1 has the byte 0xc0 (byte 2 of the file)", "Save it as UTF-8"],
    ["UTF-16", Buffer.from(`\uFEFF${spec}`, "utf16le"), "is UTF-16 (little-endian), not UTF-8", "Save it as UTF-8"],
    ["UTF-16, the other way round", Buffer.from(`\uFEFF${spec}`, "utf16le").swap16(), "is UTF-16 (big-endian), not UTF-8", "Save it as UTF-8"],
    ["UTF-16 that does not say so", Buffer.from("entity a { key: k }", "utf16le"), "is probably UTF-16 (little-endian), not UTF-8", "Save it as UTF-8"],
    ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), "is UTF-32 (little-endian), not UTF-8", "Save it as UTF-8"],
  ])("%s", (_, bytes, problem, hint) => expect(textFrom(bytes)).toMatchObject({ problem: expect.stringContaining(problem) as unknown, hint: expect.stringContaining(hint) as unknown }));
});

test("in an editor that has read it all the same, the letter that it shows is an error, once", async () => {
  await check('role r { members: ["caf«\uFFFD»@x"] } //~ syntax: was saved in another encoding than UTF-8\n// \uFFFD');
});
