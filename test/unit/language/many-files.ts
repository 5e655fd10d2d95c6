/** One spec in many files: its declarations apart, each file importing those that hold what it names. */
import { EmptyFileSystemProvider, URI, type FileSystemProvider, type LangiumDocument } from "langium";
import { createMlspecServices } from "../../../language-server/services.ts";

export type Files = Readonly<Record<string, string>>;
type Pick = (below: number) => number;

/** Users before what they use. */
const kinds = ["policy", "rollout", "slo", "service", "evaluation", "model", "dataset", "label", "features", "source", "entity", "role"];
const declaration = new RegExp(String.raw`^(?:${kinds.join("|")})\b`);

/** The declarations of a text, with the comments above them. */
function declarationsOf(text: string): readonly string[] {
  const parts: string[][] = [];
  let above: string[] = [];
  for (const line of text.split("\n")) {
    if (declaration.test(line)) parts.push([...above, line]);
    else if (!line.startsWith("//")) parts.at(-1)?.push(...above, line);
    above = line.startsWith("//") ? [...above, line] : [];
  }
  return parts.map((lines) => lines.join("\n"));
}

const rankOf = (part: string): number => kinds.indexOf(/^[a-z]+(?= \w+)/m.exec(part.replaceAll(/^\/\/.*$/gm, ""))?.[0] ?? "");
/** What others may name: the declaration, and the stages of a rollout. */
const namesOf = (part: string): readonly string[] => [...part.matchAll(/^(?: {2}stage|[a-z]+) (\w+)/gm)].map(([, name = ""]) => name);

/** Imports lead downwards only; some lead to files of which nothing is named. */
export function inFiles(text: string, pick: Pick): Files {
  const parts = declarationsOf(text).toSorted((a, b) => rankOf(a) - rankOf(b));
  const count = 1 + pick(Math.min(parts.length, 14));
  const files = Array.from({ length: count }, (_, i) => parts.slice(Math.floor((i * parts.length) / count), Math.floor(((i + 1) * parts.length) / count)));
  const isChain = pick(2) === 0;
  return Object.fromEntries(files.map((own, i) => {
    const words = new Set(own.join("\n").match(/\w+/g));
    const others = files.map((_, n) => n).filter((n) => n > i && (files[n]!.flatMap(namesOf).some((name) => words.has(name)) || (isChain && n === i + 1) || pick(10) === 0));
    return [`f${i}.mlspec`, `${others.map((n) => `import "./f${n}.mlspec"\n`).join("")}${own.join("\n\n")}\n`];
  }));
}

/** No folders: whoever asks for a file gets its text. */
function inMemory(files: Files): FileSystemProvider {
  const nothing = new EmptyFileSystemProvider();
  const none = nothing.readFile.bind(nothing);
  const readFile = (uri: URI): Promise<string> => {
    const text = files[uri.path.slice(1)];
    return text === undefined ? none() : Promise.resolve(text);
  };
  return Object.assign(nothing, { readFile });
}

/** Opened in this order: all at once, or each when those before it have been looked at. */
export async function validated(files: Files, order: readonly string[] = Object.keys(files), how: "together" | "one at a time" = "together") {
  const { shared, mlspec } = createMlspecServices({ fileSystemProvider: () => inMemory(files) });
  const documents: LangiumDocument[] = [];
  for (const names of how === "together" ? [order] : order.map((name) => [name])) {
    const opened = await Promise.all(names.map((name) => shared.workspace.LangiumDocuments.getOrCreateDocument(URI.parse(`memory:///${name}`))));
    await shared.workspace.DocumentBuilder.build(opened, { validation: true });
    documents.push(...opened);
  }
  return { mlspec, documents };
}
