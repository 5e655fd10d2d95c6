/**
 * JSON.parse holds the event loop until it is done. Here long lists are parsed a piece at a time, with rests between: the text is walked
 * once (which also bounds its depth); a list that is longer than a piece is cut at its own commas, each piece is parsed by JSON.parse, and
 * the list stands in the text around it as a placeholder that nobody can guess.
 */
import { randomUUID } from "node:crypto";
import { RequestError } from "./request-error.ts";
import type { Pace } from "./turns.ts";

/** Members of objects in one piece: an object cannot be cut, so it must not be long. */
const mostMembers = 50_000;

/** Characters of one piece: JSON.parse takes about a millisecond for them. */
const pieceLength = 64 * 1024;

export class TooDeep extends Error {}

/** A list that is open at the place that the walk has reached. */
interface OpenList {
  readonly depth: number;
  /** Where its `[` stands, and where its text that is not in `text` yet begins. */
  readonly start: number;
  from: number;
  /** What came before `from` of the piece under way, with placeholders. */
  text: string;
  members: number;
  values: unknown[] | null;
}

/** @throws TooDeep, RequestError 'too-many-fields', or SyntaxError as JSON.parse does (its position means nothing here). */
export async function parseInPieces(source: string, deepest: number, pace: Pace): Promise<unknown> {
  const walk = new Walk(source);
  let depth = 0;
  let inText = false;
  for (let i = 0; i < source.length; i++) {
    if ((i & 0x3fff) === 0x3fff && pace.due()) await pace.rest();
    const c = source.charCodeAt(i);
    if (inText) {
      if (c === 0x5c) i++; // backslash: the next character is data
      else if (c === 0x22) inText = false;
    } else if (c === 0x22) inText = true;
    else if (c === 0x2c) walk.comma(i, depth);
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > deepest) throw new TooDeep();
      if (c === 0x5b) walk.open(i, depth);
    } else if (c === 0x5d) walk.close(i, depth--);
    else if (c === 0x7d) depth--;
  }
  return walk.end();
}

class Walk {
  private readonly source: string;
  private readonly lists: OpenList[];
  private readonly kept = new Map<string, readonly unknown[]>();
  private readonly nonce = randomUUID();

  constructor(source: string) {
    this.source = source;
    this.lists = [{ depth: 0, start: 0, from: 0, text: "", members: 0, values: null }];
  }

  open(at: number, depth: number): void {
    this.lists.push({ depth, start: at, from: at + 1, text: "", members: 0, values: null });
  }

  comma(at: number, depth: number): void {
    const list = this.lists.at(-1);
    if (list === undefined) return;
    if (list.depth !== depth) {
      if (++list.members <= mostMembers) return;
      throw new RequestError(400, "too-many-fields", `The body has an object of more than ${mostMembers} members.`, { part: "body" });
    }
    if (list.text.length + at - list.from < pieceLength) return;
    this.cut(list, at);
    list.from = at + 1;
  }

  close(at: number, depth: number): void {
    const list = this.lists.pop();
    const around = this.lists.at(-1);
    if (list === undefined || around === undefined || list.depth !== depth) throw new SyntaxError("a list is closed that is not open");
    if (list.values === null) {
      if (list.text === "") return; // its text is still in the one around
      around.text += this.source.slice(around.from, list.start + 1) + list.text + this.source.slice(list.from, at);
      around.from = at;
      return;
    }
    this.cut(list, at);
    const name = `${this.nonce}${this.kept.size}`;
    this.kept.set(name, list.values);
    around.text += `${this.source.slice(around.from, list.start)}"${name}"`;
    around.from = at + 1;
  }

  end(): unknown {
    const [outermost, left] = this.lists;
    if (outermost === undefined || left !== undefined) throw new SyntaxError("a list is not closed");
    return this.filled(JSON.parse(outermost.text + this.source.slice(outermost.from)) as unknown);
  }

  private cut(list: OpenList, at: number): void {
    const piece = JSON.parse(`[${list.text}${this.source.slice(list.from, at)}]`) as unknown[];
    if (piece.length === 0) throw new SyntaxError("a value is missing beside a comma");
    list.values ??= [];
    for (const value of this.kept.size === 0 ? piece : (this.filled(piece) as unknown[])) list.values.push(value);
    list.text = "";
    list.members = 0;
  }

  /** The value with its lists in the places that were kept for them. */
  private filled(value: unknown): unknown {
    if (this.kept.size === 0) return value;
    if (typeof value === "string") return this.kept.get(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "string" || (typeof inner === "object" && inner !== null)) {
        const own = this.filled(inner);
        if (own !== inner) Object.defineProperty(value, key, { value: own, enumerable: true, configurable: true, writable: true });
      }
    }
    return value;
  }
}
