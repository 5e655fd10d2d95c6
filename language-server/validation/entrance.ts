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
    const concerned = files.flatMap((file) => documents[file] ?? []);
    const [first] = concerned;
    // One import that leads to all of them has it by itself, and says so there.
    if (imports.some(({ document }) => concerned.every((other) => document !== undefined && names.graph.reaches(document, other)))) return null;
    const way = imports.find(({ document }) => document !== undefined && first !== undefined && names.graph.reaches(document, first));
    if (way === undefined) return null;
    const { start, end } = rangeOf(way.node, "path");
    return { file: 0, range: [start.line, start.character, end.line, end.character] };
  };
}
