import { describe, expect, test } from "vitest";
import { firstRecord, guessDelimiter } from "../../../runtime/data/csv-header.ts";

const comma = { delimiter: ",", quote: '"', skip: 0 };

describe("the first record", () => {
  test.each([
    ["plain", "a,b\n1,2\n", comma, ["a", "b"]],
    ["with a byte order mark and CRLF", "\uFEFFa,b\r\n1,2\r\n", comma, ["a", "b"]],
    ["quoted, with a separator, a line end and a doubled quote inside", '"a,\nb","say ""x"""\n', comma, ["a,\nb", 'say "x"']],
    ["surrounded by spaces", " a , b \n", comma, ["a", "b"]],
    ["separated by two characters", "a, b, c\n", { ...comma, delimiter: ", " }, ["a", "b", "c"]],
    ["with an empty name", ",a\n", comma, ["", "a"]],
    ["after skipped lines", "one\ntwo\na,b\n", { ...comma, skip: 2 }, ["a", "b"]],
    ["after blank lines", "\n\r\na,b\n", comma, ["a", "b"]],
    ["without a line end", "a,b", comma, ["a", "b"]],
    ["where nothing is quoted", 'a"b,c\n', { ...comma, quote: "" }, ['a"b', "c"]],
  ])("%s", (_, text, dialect, expected) => {
    expect(firstRecord(text, dialect)?.values).toEqual(expected);
  });

  test("ends where its line ends, outside of quotes", () => {
    expect(firstRecord('"a\r\nb"\nc', comma)?.unixLine).toBe(true);
    expect(firstRecord('"a\nb"\r\nc', comma)?.unixLine).toBe(false);
    expect(firstRecord("a", comma)?.unixLine).toBe(false);
  });

  test.each(["", "\uFEFF", "\n\n"])("there is none in %j", (text) => {
    expect(firstRecord(text, comma)).toBeNull();
  });
});

test.each([["a,b;c,d\n", ","], ["a;b;c,d\n", ";"], ["a\tb\n", "\t"], ["a|b|c\n", "|"], ["alone\n", ","], ['"a;b;c",d\n', ","],
  ["a, b\n1, 2\n", ", "], ["a, b\n1,2\n", ","], ["a, b\n\n\"x,y\", 2\n", ", "], ["a,b\n1, 2\n", ","], ["a\t b\n", "\t"], ["a, b\n, 2\n", ", "], ["a, b\n1,, 2\n", ","]])("the separator of %j is %j", (text, expected) => {
  expect(guessDelimiter(text, { quote: '"', skip: 0 })).toBe(expected);
});
