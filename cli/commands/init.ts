/** `mlspec init`: looks at a file of data and writes a first spec of it; without a file, an example with data of its own. Never overwrites anything. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, relative, resolve } from "node:path";
import type { FileFacts } from "../../grammar/file-facts.ts";
import { draftSpec, labelCandidates, taskOf } from "../../language-server/draft/draft.ts";
import type { Candidate } from "../../language-server/draft/roles.ts";
import { isSpecName } from "../../language-server/language/spec-files.ts";
import { nearest } from "../../language-server/language/suggest.ts";
import { openDatabase } from "../../runtime/data/database.ts";
import { copiesOf, inspectFile } from "../../runtime/data/inspect/inspect.ts";
import { exampleCsv } from "../example-data.ts";
import { MlspecError, messageOf } from "../../runtime/errors.ts";
import type { Call } from "../call.ts";
import { drawDraft } from "../draw/draft.ts";
import { exit } from "../exit.ts";
import type { InitReport } from "../init-report.ts";
import { loadReport } from "../spec.ts";

interface Options {
  readonly label?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export async function init(file: string | undefined, { options, terminal }: Call<Options>): Promise<number> {
  const data = resolve(terminal.cwd, file ?? "people.csv");
  const spec = resolve(terminal.cwd, options.output ?? `${basename(data, extname(data)).replace(/\.(csv|json|ndjson)$/i, "")}.mlspec`);
  if (!isSpecName(spec)) throw new MlspecError("bad-argument", `${spec} is no name of a spec`, { hint: "A spec's name ends in .mlspec." });
  if (file === undefined) await writeNew(data, exampleCsv());
  using database = await openDatabase();
  const facts = await inspectFile(database, data, terminal.now());
  const candidates = labelCandidates(facts);
  const label = chosen(facts, candidates, options.label, data);
  const copies = await copiesOf(database, facts.columns, facts.columns.find(({ name }) => name === label.column.name)!);
  const draft = draftSpec(facts, { path: pathFrom(dirname(spec), data), called: basename(spec, ".mlspec"), label, labelWhy: options.label === undefined ? label.why : "", copies });
  if (draft === null) throw new MlspecError("nothing-to-learn-from", `beside ${label.column.name} no column of ${data} can be learned from`, { hint: "Keys, times, personal data, free texts and what is the same in every row are left out; `--label` names another column to predict." });
  await writeNew(spec, draft.text);
  const report: InitReport = {
    spec, data, rows: facts.rows, label: { column: label.column.name, task: label.task, why: options.label === undefined ? label.why : "named" },
    otherLabels: candidates.map(({ column }) => column.name).filter((name) => name !== label.column.name), time: draft.time, missing: facts.missing, leftOut: draft.left,
    notRead: [...facts.repeated, ...facts.columns.filter(({ kind }) => kind === null).map(({ name }) => name)],
    findings: (await loadReport({ files: [spec], problems: [] })).problems.length,
  };
  terminal.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : drawDraft(report, terminal));
  return exit.ok;
}

function chosen(facts: FileFacts, candidates: readonly Candidate[], name: string | undefined, data: string): Candidate {
  if (name === undefined) {
    const [likeliest] = candidates;
    if (likeliest === undefined) throw new MlspecError("nothing-to-learn-from", `no column of ${data} can be what is predicted`, { hint: "A label has at least two values, is no key and no time; `--label` names a column." });
    return likeliest;
  }
  const column = facts.columns.find((each) => each.name === name);
  if (column === undefined) {
    const near = nearest(name, facts.columns.map((each) => each.name));
    throw new MlspecError("unknown-column", `${data} has no column ${JSON.stringify(name)}`, { hint: near === undefined ? "`--label` names a column as the file's first line does." : `Did you mean ${near}?` });
  }
  const task = taskOf(column);
  if (task === null) throw new MlspecError("nothing-to-learn-from", `the column ${JSON.stringify(name)} cannot be predicted: it has ${column.distinct} different values${column.kind === "string" ? " of text" : ""}`, { hint: "A label is a number, or one of 2 to 20 values." });
  return { column, task, why: "" };
}

/** As a spec in that folder writes it: with `/`, also where the system does otherwise. */
function pathFrom(folder: string, data: string): string {
  const path = relative(folder, data);
  return isAbsolute(path) ? path : path.replaceAll("\\", "/");
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw new MlspecError("file-exists", `${path} is there already, and is left as it is`, { hint: "`--output` names another file.", cause });
    throw new MlspecError("cannot-write", `${path} cannot be written: ${messageOf(cause)}`, { hint: "Name a file in a folder that may be written to.", cause });
  }
}
