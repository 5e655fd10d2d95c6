/** `validate -`: a spec that is on no disk yet, as an editor or a hook has it. */
import { resolve } from "node:path";
import { largestSpec } from "../language-server/language/spec-files.ts";
import { textFrom } from "../language-server/language/utf8.ts";
import { MlspecError } from "../runtime/errors.ts";

export interface GivenText {
  readonly file: string;
  readonly text: string;
}

/** What it imports is looked for beside `file`. */
export async function standardInput(name: string, cwd: string): Promise<GivenText> {
  const file = resolve(cwd, name);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestSpec) throw new MlspecError("file-unreadable", `standard input is larger than the ${largestSpec / 1024 / 1024} MB that a spec may have`);
    parts.push(part);
  }
  const text = textFrom(Buffer.concat(parts));
  if (typeof text !== "string") throw new MlspecError("file-not-utf8", `standard input ${text.problem}`, { where: { file }, hint: text.hint });
  return { file, text };
}
