/**
 * Decides where lines break. Pure; works on pieces, so that no token and no comment can get lost.
 *
 * - Imports, declarations and the items of a broken block start a line each.
 * - A block that stood on one line stays there while it fits; a block that did not, does not.
 * - A list or call is broken, one element a line, when the author broke it after the bracket or when it does not fit.
 * - Other line breaks of the author's within an item are kept, indented as a continuation.
 * - At most one blank line, none just inside a block.
 */
import type { Piece } from "./pieces.ts";
import { gapOnLine } from "./spacing.ts";

export interface LayoutOptions {
  readonly width: number;
  readonly indent: string;
}

/** The white space before each piece; `gaps[pieces.length]` is what follows the last. Line breaks are `\n`. */
export type Gaps = readonly string[];

interface Group {
  readonly open: number;
  readonly close: number;
  readonly children: readonly Child[];
}
type Child = number | Group;

const headOf = (child: Child): number => (typeof child === "number" ? child : child.open);
const opens = new Set(["{", "(", "["]);
const closes = new Set(["}", ")", "]"]);

/** `itemStarts`: offsets at which an import, a declaration, an item of a block or a column begins. */
export function layout(pieces: readonly Piece[], itemStarts: ReadonlySet<number>, options: LayoutOptions): Gaps {
  const run = new Layout(pieces, itemStarts, options);
  return run.gaps();
}

class Layout {
  readonly #pieces: readonly Piece[];
  readonly #itemStarts: ReadonlySet<number>;
  readonly #options: LayoutOptions;
  /** Depth of indentation of the line that a piece starts, or -1 when it continues one. */
  readonly #starts: Int32Array;
  #column = 0;

  constructor(pieces: readonly Piece[], itemStarts: ReadonlySet<number>, options: LayoutOptions) {
    this.#pieces = pieces;
    this.#itemStarts = itemStarts;
    this.#options = options;
    this.#starts = new Int32Array(pieces.length).fill(-1);
  }

  gaps(): Gaps {
    const root = groupsOf(this.#pieces);
    this.#markItems(root, 0);
    this.#visit(root, 0);
    const gaps = this.#pieces.map((_, i) => this.#gap(i));
    gaps.push(this.#pieces.length === 0 ? "" : "\n");
    return gaps;
  }

  #gap(i: number): string {
    const piece = this.#pieces[i]!;
    const before = this.#pieces[i - 1];
    const depth = this.#starts[i]!;
    if (before === undefined) return "";
    if (depth < 0) return gapOnLine(before, piece, this.#pieces[i - 2]);
    const blank = piece.newlines > 1 && !closes.has(piece.type) && !(opens.has(before.type) && before.kind === "code");
    return (blank ? "\n\n" : "\n") + this.#options.indent.repeat(depth);
  }

  /** The children of the file or of a broken block: each item starts a line. */
  #markItems(children: readonly Child[], depth: number): void {
    for (const child of children) {
      const i = headOf(child);
      const piece = this.#pieces[i]!;
      if (piece.kind !== "code") this.#starts[i] = piece.newlines > 0 ? depth : -1;
      else if (this.#itemStarts.has(piece.offset)) this.#starts[i] = this.#followsLeadingComment(i) ? -1 : depth;
      else this.#markContinuation(i, depth);
    }
  }

  /** The children of a broken list or call: each element starts a line. */
  #markElements(children: readonly Child[], depth: number): void {
    let atElement = true;
    for (const child of children) {
      const i = headOf(child);
      const piece = this.#pieces[i]!;
      if (piece.kind !== "code") this.#starts[i] = piece.newlines > 0 ? depth : -1;
      else if (atElement) {
        this.#starts[i] = this.#followsLeadingComment(i) ? -1 : depth;
        atElement = false;
      } else this.#markContinuation(i, depth);
      if (piece.type === ",") atElement = true;
    }
  }

  /** A block comment that starts a line may have the item it speaks of behind it. */
  #followsLeadingComment(i: number): boolean {
    return this.#pieces[i]!.newlines === 0 && this.#pieces[i - 1]?.kind === "block-comment" && this.#starts[i - 1]! >= 0;
  }

  #markContinuation(i: number, depth: number): void {
    const piece = this.#pieces[i]!;
    const joins = piece.type === "," || piece.type === ";" || piece.type === "{";
    const afterComment = this.#pieces[i - 1]?.kind === "line-comment";
    if (piece.type === "{" && afterComment) this.#starts[i] = depth;
    else if (afterComment || (piece.newlines > 0 && !joins)) this.#starts[i] = depth + 1;
  }

  #visit(children: readonly Child[], depth: number): void {
    let lineDepth = depth;
    for (const child of children) {
      const i = headOf(child);
      if (this.#starts[i]! >= 0) lineDepth = this.#starts[i]!;
      this.#advance(i);
      if (typeof child !== "number") this.#visitGroup(child, lineDepth);
    }
  }

  #visitGroup(group: Group, depth: number): void {
    const isBroken = group.children.length > 0 && (this.#isForced(group) || !this.#fits(group));
    if (isBroken) {
      if (this.#pieces[group.open]!.type === "{") this.#markItems(group.children, depth + 1);
      else this.#markElements(group.children, depth + 1);
      this.#starts[group.close] = depth;
    }
    this.#visit(group.children, isBroken ? depth + 1 : depth);
    this.#advance(group.close);
  }

  #isForced(group: Group): boolean {
    const comment = group.children.some((c) => typeof c === "number" && isLineBreaking(this.#pieces[c]!));
    if (comment) return true;
    if (this.#pieces[group.open]!.type !== "{") return this.#pieces[group.open + 1]!.newlines > 0;
    for (let i = group.open + 1; i <= group.close; i++) if (this.#pieces[i]!.newlines > 0) return true;
    return false;
  }

  /** From just behind the opening bracket to the next place where a line is sure to end. */
  #fits(group: Group): boolean {
    let column = this.#column;
    for (let i = group.open + 1; i < this.#pieces.length && column <= this.#options.width; i++) {
      const piece = this.#pieces[i]!;
      if (piece.kind === "line-comment" || this.#starts[i]! >= 0 || (i > group.close && this.#itemStarts.has(piece.offset))) break;
      const endOfLine = piece.image.indexOf("\n");
      column += gapOnLine(this.#pieces[i - 1]!, piece, this.#pieces[i - 2]).length + (endOfLine < 0 ? piece.image.length : endOfLine);
      const isBrokenInside = piece.kind === "code" && (piece.type === "(" || piece.type === "[") && (this.#pieces[i + 1]?.newlines ?? 0) > 0;
      if (endOfLine >= 0 || (isBrokenInside && !closes.has(this.#pieces[i + 1]!.type))) break;
    }
    return column <= this.#options.width;
  }

  #advance(i: number): void {
    const piece = this.#pieces[i]!;
    const before = this.#pieces[i - 1];
    const depth = this.#starts[i]!;
    if (before === undefined) this.#column = 0;
    else if (depth >= 0) this.#column = depth * this.#options.indent.length;
    else this.#column += gapOnLine(before, piece, this.#pieces[i - 2]).length;
    const newline = piece.image.lastIndexOf("\n");
    this.#column = newline < 0 ? this.#column + piece.image.length : piece.image.length - newline - 1;
  }
}

const isLineBreaking = (piece: Piece) => piece.kind === "line-comment" || (piece.kind === "block-comment" && piece.image.includes("\n"));

/** Pieces nested by their brackets; a bracket without its partner is an ordinary piece. */
function groupsOf(pieces: readonly Piece[]): readonly Child[] {
  const partner = partners(pieces);
  const read = (from: number, to: number): Child[] => {
    const children: Child[] = [];
    for (let i = from; i < to; i++) {
      const close = partner.get(i);
      if (close === undefined) children.push(i);
      else {
        children.push({ open: i, close, children: read(i + 1, close) });
        i = close;
      }
    }
    return children;
  };
  return read(0, pieces.length);
}

function partners(pieces: readonly Piece[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const stack: number[] = [];
  pieces.forEach((piece, i) => {
    if (piece.kind !== "code") return;
    if (opens.has(piece.type)) stack.push(i);
    else if (closes.has(piece.type)) {
      const open = stack.pop();
      if (open !== undefined) found.set(open, i);
    }
  });
  return found;
}
