/**
 * A spec means the same whatever files its declarations stand in. Every example of a check is taken apart over imported files, and what is found
 * in all files together must be what is found in the one.
 */
import { URI, type LangiumDocument } from "langium";
import { beforeAll, describe, expect, test } from "vitest";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { checkById, checks } from "../../../language-server/checks/index.ts";
import { specOf } from "../../../language-server/language/imports.ts";
import { declarationAround } from "../../../language-server/language/place.ts";
import { services } from "../language/harness.ts";

const { shared } = services();

interface Part {
  readonly name: string;
  /** With the comment above it. */
  readonly text: string;
  readonly needs: ReadonlySet<string>;
}

let count = 0;

async function read(files: Readonly<Record<string, string>>): Promise<LangiumDocument[]> {
  const folder = ++count;
  const { LangiumDocumentFactory, LangiumDocuments, DocumentBuilder } = shared.workspace;
  const documents = Object.entries(files).map(([name, text]) => LangiumDocumentFactory.fromString(text, URI.parse(`memory:///${folder}/${name}.mlspec`)));
  for (const document of documents) LangiumDocuments.addDocument(document);
  await DocumentBuilder.build(documents, { validation: true });
  return documents;
}

const forget = (documents: readonly LangiumDocument[]) => shared.workspace.DocumentBuilder.update([], documents.map(({ uri }) => uri));

/** All that is said of the files, each time it is said. */
async function said(files: Readonly<Record<string, string>>): Promise<string[]> {
  const documents = await read(files);
  const all = documents.flatMap(({ diagnostics = [] }) => diagnostics.map(({ code, message }) => `${String(code)}: ${typeof message === "string" ? message : message.value}`));
  await forget(documents);
  return all.sort();
}

async function partsOf(text: string): Promise<readonly Part[]> {
  const [document] = await read({ main: text }) as [LangiumDocument];
  const declarations = specOf(document).declarations;
  const needs = new Map(declarations.map(({ name }) => [name, new Set<string>()]));
  for (const reference of document.references) {
    if (!("ref" in reference)) continue;
    const user = declarationAround(reference.$refNode?.astNode)?.name;
    const used = declarationAround(reference.ref)?.name;
    if (user !== undefined && used !== undefined && used !== user && needs.has(used)) needs.get(user)?.add(used);
  }
  let from = 0;
  const parts = declarations.map(({ name, $cstNode }) => {
    const end = $cstNode?.end ?? from;
    const part = { name, text: text.slice(from, end).trim(), needs: closure(name, needs) };
    from = end;
    return part;
  });
  await forget([document]);
  return parts;
}

function closure(name: string, needs: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const all = new Set([name]);
  for (const each of all) for (const other of needs.get(each) ?? []) all.add(other);
  all.delete(name);
  return all;
}

const importing = (names: Iterable<string>): string => [...names].map((name) => `import "${name}.mlspec"`).join("\n");

/** Each of `imported` (with all that they need) in a file of its own, the others in the file that imports them. */
function apart(parts: readonly Part[], imported: ReadonlySet<string>): Record<string, string> {
  const [away, here] = [parts.filter(({ name }) => imported.has(name)), parts.filter(({ name }) => !imported.has(name))];
  const files = away.map(({ name, needs, text }) => [name, `${importing(needs)}\n${text}\n`] as const);
  return { main: `${importing(imported)}\n${here.map(({ text }) => text).join("\n\n")}\n`, ...Object.fromEntries(files) };
}

/** `imported` in one file, the others in the file that imports it. */
function inTwo(parts: readonly Part[], imported: ReadonlySet<string>): Record<string, string> {
  const [away, here] = [parts.filter(({ name }) => imported.has(name)), parts.filter(({ name }) => !imported.has(name))];
  const text = (some: readonly Part[]): string => some.map((part) => part.text).join("\n\n");
  return { main: `import "others.mlspec"\n${text(here)}\n`, others: `${text(away)}\n` };
}

/** Sets of declarations that are complete with all that they need: of each what it needs, also with itself; all but each and those that need it; all. */
function complete(parts: readonly Part[]): ReadonlySet<string>[] {
  const names = parts.map(({ name }) => name);
  const without = (left: string): readonly string[] => parts.filter(({ name, needs }) => name !== left && !needs.has(left)).map(({ name }) => name);
  const sets = parts.flatMap(({ name, needs }) => [[...needs], [...needs, name], without(name)]);
  const byContent = new Map([...sets, names].filter((set) => set.length > 0).map((set) => [[...set].sort().join(" "), new Set(set)]));
  return [...byContent.values()];
}

/** What is missing in a file may stand in those that import it, which it does not know. */
const ofAbsence = (line: string): boolean => checkById.get(line.slice(0, line.indexOf(":")))?.needsWholeSpec === true || line.startsWith("unused-suppression:");

/** Without `inputs` a model takes every feature, and none is named in its file. */
const withoutInputs = (text: string): string => text.replaceAll(/^ {2}inputs \{\n(?: {4}.*\n)* {2}\}\n/gm, "");

const examples = [
  ...checks.flatMap(({ id, explanation: { failing, mended } }) => [[id, exampleSpec(failing)] as const, [`${id}, mended`, exampleSpec(mended)] as const]),
  ...["pii-reaches-model", "leakage-from-label", "feature-not-online"].map((id) => [`${id}, without \`inputs\``, withoutInputs(exampleSpec(checkById.get(id)?.explanation.failing ?? ""))] as const),
  // Not about @pii: the rule that holds without a policy would be broken in files that do not import it.
  ["a policy", `${withoutInputs(exampleSpec("")).replace("country: string", "country: string @protected")}\npolicy fair { deny inputs where protected }\n`] as const,
];

/** What stands in one of two lists more often than in the other. */
const beyond = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((line, i) => some.slice(0, i + 1).filter((other) => other === line).length > others.filter((other) => other === line).length);

describe.each(examples)("the example of %s", (_, text) => {
  let parts: readonly Part[] = [];
  let wanted: readonly string[] = [];
  beforeAll(async () => {
    parts = await partsOf(text);
    wanted = (await said({ main: text })).filter((line) => !ofAbsence(line));
  });

  test.each([["each in a file of its own", apart], ["all in one file", inTwo]] as const)("says the same with declarations imported, %s", async (_way, lay) => {
    const differing: string[] = [];
    for (const imported of complete(parts)) {
      const found = (await said(lay(parts, imported))).filter((line) => !ofAbsence(line));
      const [lost, more] = [beyond(wanted, found), beyond(found, wanted)];
      if (lost.length > 0 || more.length > 0) differing.push(`with ${[...imported].join(", ")} imported: lost ${JSON.stringify(lost)}, more ${JSON.stringify(more)}`);
    }
    expect(differing).toEqual([]);
  });
});
