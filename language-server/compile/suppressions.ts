/** `// mlspec-ignore check: reason`, from the comments of a file. */
import type { LangiumDocument } from "langium";
import type { Suppression } from "../../grammar/compiled-spec/index.ts";
import { commentsIn, type Comment } from "../language/comments.ts";
import { meantAsIgnore } from "./meant-as-ignore.ts";

const wellFormed = /^\/\/\s*mlspec-ignore\s+([A-Za-z0-9_-]+)\s*(?::\s*(.*?))?\s*$/;

/** The check and the reason behind the word that was meant to silence. */
const clause = /^\S*\s+([A-Za-z]+(?:[-_][A-Za-z]+)+)\s*:\s*(.*?)\s*(?:\*\/\s*)?$/s;

/** Another comment with one in it. */
const inside = /\/\/\s*mlspec-ignore\s+[A-Za-z0-9_-]+\s*:/;

/** One without a reason, of an unknown check or malformed is kept: it silences nothing and becomes a finding itself. */
export function suppressionsIn(document: LangiumDocument): Omit<Suppression, "file">[] {
  return commentsIn(document).flatMap((comment) => {
    const found = read(comment);
    if (found === undefined) return [];
    const isWhole = found.malformed !== undefined && found.check !== "" && found.reason !== "" && comment.endsItsLine;
    return [{ ...found, line: comment.about, comment: comment.range, ...(isWhole ? { replaceable: true } : {}) }];
  });
}

function read({ kind, text }: Comment): Pick<Suppression, "check" | "reason" | "malformed"> | undefined {
  const match = kind === "line" ? wellFormed.exec(text) : null;
  if (match?.[1] !== undefined) return { check: match[1], reason: match[2] ?? "" };
  const meant = meantAsIgnore(text);
  if (meant !== undefined) {
    const [, check = "", reason = ""] = clause.exec(text.slice(text.indexOf(meant) + meant.length)) ?? [];
    return { check, reason, malformed: whyMalformed(kind, text, meant) };
  }
  const nested = kind === "line" && inside.test(text);
  return nested ? { check: "", reason: "", malformed: "it stands inside another comment: give it a comment of its own" } : undefined;
}

function whyMalformed(kind: Comment["kind"], text: string, meant: string): string {
  if (kind !== "line") return "only a comment that begins with `//` can be one";
  if (meant === "mlspec-ignore" && !/^\/\/\s*mlspec/.test(text)) return "nothing stands between `//` and `mlspec-ignore`";
  if (meant !== "mlspec-ignore" && /^mlspec[^\x00-\x7f]ignore$/.test(meant)) return "its dash is another character than the plain `-`";
  if (!/^\/\/\s*mlspec-ignore\b/.test(text)) return `\`${meant}\` silences nothing: it is written \`mlspec-ignore\`, in small letters`;
  if (/^\/\/\s*mlspec-ignore\s*(?::|$)/.test(text)) return "it does not say which check";
  return "it names one check, then a colon and the reason; a second check has a comment of its own on the line above";
}
