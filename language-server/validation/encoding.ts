/** What an editor shows for bytes that it could not read: it opened a file of another encoding as UTF-8 (`language/utf8.ts` refuses such a file on the disk). */
import type { LangiumDocument } from "langium";
import type { Problem } from "./problem.ts";

/** The first is enough: all have one cause. */
export function encodingProblems({ textDocument }: LangiumDocument): Problem[] {
  const at = textDocument.getText().indexOf("\uFFFD");
  if (at < 0) return [];
  return [{
    code: "syntax", severity: "error", range: { start: textDocument.positionAt(at), end: textDocument.positionAt(at + 1) },
    message: "`\uFFFD` stands for a letter that could not be read: this file was saved in another encoding than UTF-8",
    hint: "Open it in its own encoding (`Reopen with Encoding`), then save it as UTF-8.",
  }];
}
