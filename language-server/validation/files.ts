/** What concerns a file as a whole: its imports, and names that are declared twice in it or in what it imports. */
import type { LangiumDocument } from "langium";
import type { Declaration } from "../../grammar/generated/ast.ts";
import { rangeOf } from "../compile/context.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { failureOf } from "../language/document-factory.ts";
import { isSpecName, notASpec } from "../language/spec-files.ts";
import { importCycle, specOf } from "../language/imports.ts";
import type { Names } from "../language/names.ts";
import { pathOf } from "../compile/compile.ts";
import type { Problem } from "./problem.ts";

export function checkImports(document: LangiumDocument, names: Names): Problem[] {
  const seen = new Set<string>();
  return names.importsOf(document).flatMap(({ node, uri, document: imported }): Problem[] => {
    const at = { severity: "error" as const, range: rangeOf(node, "path") };
    if (uri !== undefined && !isSpecName(uri.path)) return [{ ...at, code: "import-not-found", message: notASpec(`\`${node.path}\``) }];
    if (uri === undefined || imported === undefined) {
      return [{ ...at, code: "import-not-found", message: `there is no file \`${node.path}\``, ...(uri === undefined ? {} : { hint: `Looked for ${pathOf(uri)}.` }) }];
    }
    const failure = failureOf(imported);
    if (failure instanceof MlspecError) return [{ ...at, code: "cannot-read", message: failure.message, ...(failure.hint === undefined ? {} : { hint: failure.hint }) }];
    const cycle = names.graph.reaches(imported, document) ? importCycle(document, imported, (d) => names.importsOf(d)) : undefined;
    if (cycle !== undefined) return [{ ...at, code: "import-cycle", message: `this file imports itself: ${cycle.map((d) => fileName(d)).join(" → ")}` }];
    if (seen.has(uri.toString())) return [{ ...at, severity: "warning", code: "duplicate-name", message: `\`${node.path}\` is imported twice` }];
    seen.add(uri.toString());
    return [];
  });
}

const fileName = (document: LangiumDocument): string => document.uri.path.split("/").at(-1) ?? "";

/** A name means one thing in a file and everything it imports. */
export function checkDeclaredOnce(document: LangiumDocument, names: Names): Problem[] {
  if (!names.hasRepeated(document)) return [];
  const [own = document, ...imported] = names.graph.closure(document);
  const first = new Map<string, Declaration>();
  const problems: Problem[] = [];
  const elsewhere = new Map<Declaration, LangiumDocument>();
  for (const other of imported) {
    for (const declaration of specOf(other).declarations ?? []) {
      if (typeof declaration.name !== "string") continue;
      const known = first.get(declaration.name);
      if (known === undefined) {
        first.set(declaration.name, declaration);
        elsewhere.set(declaration, other);
      } else problems.push(...clashOfImports(document, names, declaration, other, known, elsewhere.get(known)));
    }
  }
  for (const declaration of specOf(own).declarations ?? []) {
    if (typeof declaration.name !== "string" || declaration.$type === "Builtin") continue;
    const known = first.get(declaration.name);
    if (known === undefined) first.set(declaration.name, declaration);
    else problems.push(duplicate(declaration, known, elsewhere.get(known) ?? document));
  }
  return problems;
}

function duplicate(declaration: Declaration, known: Declaration, where: LangiumDocument): Problem {
  const same = known.$type === declaration.$type ? "" : ` as a ${known.$type.toLowerCase()}`;
  return {
    code: "duplicate-name", severity: "error", range: rangeOf(declaration, "name"),
    message: `\`${declaration.name}\` is already declared${same}${where === declaration.$container.$document ? "" : ` in ${fileName(where)}`}`,
    related: [{ uri: where.uri.toString(), range: rangeOf(known, "name"), message: "the first declaration" }],
  };
}

/** Two imported files that do not know of each other declare one name: said at the import that brings the second. */
function clashOfImports(document: LangiumDocument, names: Names, second: Declaration, there: LangiumDocument, known: Declaration, where: LangiumDocument | undefined): Problem[] {
  if (where === undefined || names.graph.reaches(there, where) || names.graph.reaches(where, there)) return [];
  const by = names.importsOf(document).findLast((i) => i.document !== undefined && names.graph.reaches(i.document, there));
  if (by === undefined) return [];
  return [{
    code: "duplicate-name", severity: "error", range: rangeOf(by.node, "path"), message: `\`${second.name}\` is declared both in ${fileName(where)} and in ${fileName(there)}`,
    related: [
      { uri: where.uri.toString(), range: rangeOf(known, "name"), message: "the first declaration" },
      { uri: there.uri.toString(), range: rangeOf(second, "name"), message: "the second declaration" },
    ],
  }];
}
