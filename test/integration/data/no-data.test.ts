/** Files that are no data, named as sources by mistake or on purpose: what is said about them does not tell what is in them. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reader } from "../../../grammar/compiled-spec/index.ts";
import { checkContract } from "../../../runtime/data/contracts.ts";
import { dataError } from "../../../runtime/data/database-errors.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { loadSource } from "../../../runtime/data/source.ts";
import { MlspecError } from "../../../runtime/errors.ts";
import { call, col, column, csv, each, literal, source, spec, workspace } from "./spec-builder.ts";

let database: Database;
const place = workspace();
beforeAll(async () => { database = await openDatabase({ threads: 1 }); });
afterAll(() => { database.close(); place.remove(); });

const secret = "hunter2TOPSECRET";
const noData: Readonly<Record<string, string | Uint8Array>> = {
  "shadow": `root:$6$salt$${secret}:19000:0:99999:7:::\nalice:$6$salt$${secret}2:19001:0:99999:7:::\n`,
  "id_ed25519": `-----BEGIN PRIVATE KEY-----\nMIIEvQ"IBADAN${secret}\n${secret}\n-----END PRIVATE KEY-----\n`,
  "env": `# made by hand\nPASSWORD=${secret}\nTOKEN="${secret}\n`,
  "credentials.json": `{"${secret}": "${secret}"}\nnot json ${secret}\n`,
  "text.json": `"${secret}"\n"${secret}"\n`,
  "lists.json": `[["${secret}"], [1, "${secret}"]]`,
  "binary": Buffer.concat([randomBytes(3000), Buffer.from(`\n${secret}\n`), randomBytes(3000)]),
  "latin1": Buffer.concat([Buffer.from("a,b\n1,\xff\xfe", "latin1"), Buffer.from(`${secret}\n`)]),
  "pretends.parquet": Buffer.concat([Buffer.from("PAR1"), Buffer.from(secret.repeat(20)), Buffer.from([16, 0, 0, 0]), Buffer.from("PAR1")]),
};
const readers: readonly [string, (path: string) => Reader][] = [
  ["csv", (path) => csv([path])], ["csv without a header", (path) => csv([path], { header: false })], ["csv of colons", (path) => csv([path], { header: false, delimiter: ":" })],
  ["csv of lines", (path) => csv([path], { header: false, delimiter: "\u0001", quote: "" })], ["csv from its second line", (path) => csv([path], { skip: 1, quote: "" })],
  ["json", (path) => ({ format: "json", paths: [path] })], ["parquet", (path) => ({ format: "parquet", paths: [path] })],
];

describe.each(Object.keys(noData))("%s", (name) => {
  test.each(readers)("as %s", async (_, read) => {
    place.file(name, noData[name] ?? "");
    for (const columns of [[column("a", "int"), column("b", "string?")], [column("a", "int")], Array.from({ length: 9 }, (_, i) => column(`c${i}`, "int")), [column("t", "timestamp")]]) {
      const failure: unknown = await loadSource(database, source("visits", read(join(place.folder, name)), columns, { folder: place.folder }), { spec: spec({}) }).catch((error: unknown) => error);
      if (!(failure instanceof MlspecError)) continue; // It has such columns: then it is data.
      expect(`${failure.message} ${failure.hint ?? ""}`.replaceAll(place.folder, "")).not.toMatch(/hunter2|salt|BADAN|BEGIN|PASSWORD|�/);
      expect(failure.hint).toEqual(expect.any(String));
    }
  });
});

describe("what is data is told, as far as it helps", () => {
  test("a column that is missing beside others that are there: the file's names", async () => {
    place.file("people.csv", "id,Full Name\n1,Ada\n");
    const failure = loadSource(database, source("people", csv([join(place.folder, "people.csv")]), [column("id", "int"), column("full_name", "string")], { folder: place.folder }), { spec: spec({}) });
    await expect(failure).rejects.toMatchObject({ code: "column-missing", message: expect.stringContaining('the file has "id", "Full Name"') as string, hint: expect.stringContaining('"Full Name"') as string });
  });

  test("a column that is there under another spelling, and nothing else: its name", async () => {
    place.file("ids.csv", "ID\n1\n");
    const failure = loadSource(database, source("ids", csv([join(place.folder, "ids.csv")]), [column("id", "int")], { folder: place.folder }), { spec: spec({}) });
    await expect(failure).rejects.toMatchObject({ code: "column-missing", hint: expect.stringContaining('"ID"') as string });
  });

  test("a value of the wrong type, but not one of a person's", async () => {
    place.file("mails.csv", "id,mail\n1,x@example.org\n");
    const load = (tags: readonly string[]) => loadSource(database, source("mails", csv([join(place.folder, "mails.csv")]), [column("id", "int"), column("mail", "int", { tags: tags.map((name) => ({ name, argument: null })) })], { folder: place.folder }), { spec: spec({}) });
    await expect(load([])).rejects.toMatchObject({ code: "data-type-mismatch", message: expect.stringContaining('row 1 holds "x@example.org"') as string });
    await expect(load(["pii"])).rejects.toMatchObject({ code: "data-type-mismatch", message: expect.stringContaining("row 1 holds a text of 13 characters") as string });
  });
});

test("a broken contract names the row, and no person's value", async () => {
  place.file("ages.csv", "id,age\n1,20\n2,251\n");
  const tagged = (tags: readonly string[]) => {
    const condition = call("between", "bool", col("age", "int"), literal("int", 0), literal("int", 130));
    const expectation = each("age in 0..130", condition);
    return source("ages", csv([join(place.folder, "ages.csv")]), [column("id", "int"), column("age", "int", { tags: tags.map((name) => ({ name, argument: null })) })], { folder: place.folder, expect: [expectation] });
  };
  const observed = async (tags: readonly string[]) => {
    const ages = tagged(tags);
    return (await checkContract(database, spec({ sources: [ages] }), await loadSource(database, ages, { spec: spec({ sources: [ages] }) }))).clauses[0]?.observed;
  };
  expect(await observed([])).toBe("not in 1 row (50%), for example age = 251 in row 2");
  expect(await observed(["pii"])).toBe("not in 1 row (50%), for example in row 2");
});

test.each([
  `Conversion Error: Could not convert string '${secret}' to INT64`,
  `Conversion Error: CSV Error on Line: 3\nOriginal Line: 1,${secret}\nError when converting column "a". Could not convert string "${secret}" to 'BIGINT'`,
  `Invalid Input Error: JSON transform error in file "x.json", in record/value 1: Expected OBJECT, but got VARCHAR: "${secret}"`,
  `Invalid Input Error: Malformed JSON at byte 0 of input: unexpected character.  Input: "${secret}"`,
  `Invalid Input Error: Error in file "x" on line 2: expected 3 values per row, but got more. Original Line: ${secret}`,
])("DuckDB's own words: %s", (message) => {
  const { message: told, hint } = dataError(new Error(message));
  expect(`${told} ${hint ?? ""}`).not.toContain(secret);
});
