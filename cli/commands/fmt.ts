/** `mlspec fmt`: the editor's formatter over files. White space is all that changes; a file with syntax errors stays as it is. */
import { chmod, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { stdin } from "node:process";
import { text as textOf } from "node:stream/consumers";
import { URI } from "langium";
import { headlessServices } from "../../language-server/compile/load.ts";
import { formatText } from "../../language-server/lsp/format-text.ts";
import type { MlspecServices } from "../../language-server/services.ts";
import { MlspecError, messageOf } from "../../runtime/errors.ts";
import type { Call } from "../call.ts";
import { exit, exitCodeOf, shortPath, tellError } from "../exit.ts";
import { findSpecs } from "../spec.ts";
import type { Terminal } from "../terminal.ts";

interface Options {
  readonly check?: boolean;
}

export async function fmt(paths: readonly string[], { options, terminal }: Call<Options>): Promise<number> {
  const services = headlessServices();
  if (paths.includes("-")) {
    if (paths.length > 1) throw new MlspecError("bad-argument", "- is standard input, and stands alone", { hint: "`mlspec fmt - < shop.mlspec`, or names of files and folders." });
    return formatInput(services, options, terminal);
  }
  const { files, problems } = await findSpecs(paths.map((path) => resolve(terminal.cwd, path)));
  for (const { code, message, hint, file } of problems) tellError(terminal, new MlspecError(code as "file-not-found" | "not-a-spec", message, { where: { file }, ...(hint === null ? {} : { hint }) }));
  let [changed, worst] = [0, problems.length > 0 ? exit.broken : exit.ok] as [number, number];
  for (const file of files) {
    try {
      const before = await services.shared.workspace.FileSystemProvider.readFile(URI.file(file));
      const after = formatted(before, file, services);
      if (after === before) continue;
      changed += 1;
      terminal.out(`${shortPath(file, terminal.cwd)}\n`);
      if (!options.check) await replace(file, after);
    } catch (error) {
      tellError(terminal, error);
      worst = Math.max(worst, exitCodeOf(error));
    }
  }
  const count = (n: number): string => `${n} ${n === 1 ? "file" : "files"}`;
  terminal.err(options.check ? `${count(changed)} of ${files.length} would change\n` : `${count(changed)} of ${files.length} changed\n`);
  return options.check && changed > 0 ? Math.max(worst, exit.no) : worst;
}

async function formatInput(services: MlspecServices, { check }: Options, terminal: Terminal): Promise<number> {
  const before = await textOf(stdin);
  const after = formatted(before, "standard input", services);
  if (!check) terminal.out(after);
  return check && after !== before ? exit.no : exit.ok;
}

/** @throws MlspecError `spec-invalid`. */
function formatted(text: string, file: string, services: MlspecServices): string {
  const result = formatText(text, services);
  if (result.text !== null) return result.text;
  throw new MlspecError("spec-invalid", `${result.problem}; nothing of it was laid out`, { where: { file, line: result.line }, hint: "`mlspec validate` shows what is wrong with it." });
}

/** Whole or not at all, also where the name is a link to the file. */
async function replace(path: string, text: string): Promise<void> {
  const file = await realpath(path);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text, { flag: "wx" });
    await chmod(beside, (await stat(file)).mode);
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new MlspecError("cannot-write", `${file} cannot be written: ${messageOf(cause)}`, { hint: "It was left as it is.", cause });
  }
}
