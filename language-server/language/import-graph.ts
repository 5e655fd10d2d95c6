/**
 * Which files a file reaches through imports. Found out once for each file and put together from what its imports reach, so that files in a long
 * row cost what they are and not what each pair of them is.
 */
import type { LangiumDocument } from "langium";
import { Bits } from "./bits.ts";

export class ImportGraph {
  private readonly importsIn: (document: LangiumDocument) => readonly LangiumDocument[];
  private readonly documents: LangiumDocument[] = [];
  private readonly numbers = new Map<LangiumDocument, number>();
  private readonly reached = new Map<LangiumDocument, Bits>();

  constructor(importsIn: (document: LangiumDocument) => readonly LangiumDocument[]) {
    this.importsIn = importsIn;
  }

  /** Given at first sight, and kept. */
  numberOf(document: LangiumDocument): number {
    const known = this.numbers.get(document);
    if (known !== undefined) return known;
    this.numbers.set(document, this.documents.length);
    return this.documents.push(document) - 1;
  }

  documentAt(number: number): LangiumDocument {
    return this.documents[number]!;
  }

  /** The numbers of the file and of all that it imports, directly or not. */
  reachedFrom(document: LangiumDocument): Bits {
    if (!this.reached.has(document)) this.reach(document);
    return this.reached.get(document)!;
  }

  /** Whether `from` is `to` or imports it, directly or not. */
  reaches(from: LangiumDocument, to: LangiumDocument): boolean {
    return this.reachedFrom(from).has(this.numberOf(to));
  }

  /** Whether it imports itself, directly or not. */
  isInCircle(document: LangiumDocument): boolean {
    return this.importsIn(document).some((imported) => this.reaches(imported, document));
  }

  /** Those files, then everything they import, directly or not: each once, in the order of first mention. */
  *closure(...roots: readonly LangiumDocument[]): Generator<LangiumDocument> {
    const seen = new Set<LangiumDocument>();
    for (const root of roots) {
      const queue = seen.has(root) ? [] : [root];
      for (const document of queue) {
        if (seen.has(document)) continue;
        seen.add(document);
        yield document;
        queue.push(...this.importsIn(document).filter((imported) => !seen.has(imported)));
      }
    }
  }

  /** Imports first, and without a call stack: a row of files may be long. */
  private reach(document: LangiumDocument): void {
    const open = new Set<LangiumDocument>();
    const stack = [document];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const waiting = this.reached.has(top) || open.has(top) ? [] : this.importsIn(top).filter((imported) => !this.reached.has(imported) && !open.has(imported));
      open.add(top);
      stack.push(...waiting);
      if (waiting.length > 0) continue;
      stack.pop();
      if (!this.reached.has(top)) this.reached.set(top, this.together(top));
    }
  }

  private together(document: LangiumDocument): Bits {
    const all = new Bits([this.numberOf(document)]);
    const parts = this.importsIn(document).map((imported) => this.reached.get(imported));
    // An import that is not done yet imports this file: then only walking finds all.
    if (parts.includes(undefined)) for (const each of this.closure(document)) all.add(this.numberOf(each));
    else for (const part of parts) all.addAll(part!);
    return all;
  }
}

/** The files that `look` says yes to: each is looked at once, when somebody asks about a file that reaches it. */
export class MarkedFiles {
  private readonly graph: ImportGraph;
  private readonly look: (document: LangiumDocument) => boolean;
  private readonly seen = new Bits();
  private readonly marked = new Bits();

  constructor(graph: ImportGraph, look: (document: LangiumDocument) => boolean) {
    this.graph = graph;
    this.look = look;
  }

  /** Among `document` and all that it imports. */
  in(document: LangiumDocument): readonly LangiumDocument[] {
    const reached = this.graph.reachedFrom(document);
    for (const number of reached.without(this.seen)) {
      if (this.look(this.graph.documentAt(number))) this.marked.add(number);
      this.seen.add(number);
    }
    return [...reached.and(this.marked)].map((number) => this.graph.documentAt(number));
  }
}
