/** Where a file lets in what is wrong only between its imports: a policy in one, the model that it is about in another. */
import type { LangiumDocument } from "langium";
import type { Entrance } from "../checks/run-checks.ts";
import { rangeOf } from "../compile/context.ts";
import type { Names } from "../language/names.ts";

/** `documents`: as `Origin.file` counts them, the file itself first. */
export function entranceOf(documents: readonly LangiumDocument[], names: Names): Entrance {
  const [own] = documents;
  const imports = own === undefined ? [] : names.importsOf(own).filter((i) => i.document !== undefined);
  return (files) => {
    const concerned = files.map((file) => documents[file]);
    const ways = imports.map(({ node, document }) => ({ node, leadsTo: new Set<LangiumDocument | undefined>(document && names.importClosure(document)) }));
    // One import that leads to all of them has it by itself, and says so there.
    if (ways.some(({ leadsTo }) => concerned.every((document) => leadsTo.has(document)))) return null;
    const way = ways.find(({ leadsTo }) => leadsTo.has(concerned[0]));
    if (way === undefined) return null;
    const { start, end } = rangeOf(way.node, "path");
    return { file: 0, range: [start.line, start.character, end.line, end.character] };
  };
}
