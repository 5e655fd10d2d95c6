/** Whether two neighbours on one line have a space between them. */
import type { Piece } from "./pieces.ts";

/** Words after which `(` opens a group, not a call, and `-` is a sign. */
const isWord = (type: string) => /^[a-z]+$/.test(type);
const ends = new Set(["ID", "QUANTITY", "INSTANT", "STRING", "true", "false", "null", ")", "]", "}", "*"]);

export function gapOnLine(left: Piece, right: Piece, beforeLeft: Piece | undefined): "" | " " | "  " {
  if (right.kind === "line-comment") return "  ";
  if (left.kind === "block-comment" || right.kind === "block-comment") return " ";
  const l = left.type;
  const r = right.type;
  if (r === "," || r === ";" || r === ":" || r === "?" || r === ")" || r === "]") return "";
  if (l === "(" || l === "[" || l === "@") return "";
  if (l === "." || r === "." || l === ".." || r === "..") return "";
  if (l === "{" && r === "}") return "";
  if (r === "(" && l === "CALLEE") return "";
  if (l === "-" && !endsOperand(beforeLeft)) return "";
  return " ";
}

/** After an operand `-` is a subtraction, else a sign. `a.for - 1`: the names that are keywords elsewhere count as operands too. */
function endsOperand(piece: Piece | undefined): boolean {
  if (piece === undefined || piece.kind !== "code") return false;
  return ends.has(piece.type) || (isWord(piece.type) && ["for", "of", "on"].includes(piece.type));
}
