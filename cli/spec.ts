/** Specs as commands want them: found on disk, loaded with their imports, checked. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { loadSpec, loadWorkspace } from "../language-server/compile/load.ts";
import { isSpecName, notASpec } from "../language-server/language/spec-files.ts";
import type { CompiledSpec } from "../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../runtime/errors.ts";
import { nearest } from "../language-server/language/suggest.ts";
import { globOf, specsIn } from "./spec-paths.ts";
import type { GivenText } from "./stdin-spec.ts";
import { lineReader } from "./report/lines.ts";
import { isOurs, type Problem, type ValidationReport } from "./report/problem.ts";
import { textReport } from "./report/text.ts";
import { onStandardError, type Terminal } from "./terminal.ts";
import { version } from "./version.ts";

export const specPath = (file: string, cwd: string): string => resolve(cwd, file);

export interface FoundSpecs {
  readonly files: readonly string[];
  /** Of paths that name no spec; the others are looked at all the same. */
  readonly problems: readonly Problem[];
}

/** The `.mlspec` files that paths name: files as they are, folders with all that is below them, globs with what matches. */
export async function findSpecs(paths: readonly string[]): Promise<FoundSpecs> {
  const found = new Set<string>();
  const problems: Problem[] = [];
  for (const path of new Set(paths)) {
    const kind = await stat(path).catch(() => null);
    const pattern = kind === null ? await globOf(path) : null;
    if (kind?.isDirectory() === true) for (const file of await specsIn(path, "**/*.mlspec")) found.add(file);
    else if (pattern !== null) {
      const files = await specsIn(pattern.folder, pattern.pattern);
      if (files.length === 0) problems.push(noSpec("file-not-found", path, `no spec matches ${path}`, "Check the pattern: `**` stands for folders at any depth."));
      for (const file of files) found.add(file);
    } else if (kind === null) problems.push(noSpec("file-not-found", path, `there is no file or folder ${path}`, "Check the path."));
    else if (!isSpecName(path)) problems.push(noSpec("not-a-spec", path, notASpec(path), "Name a spec, or a folder that holds some."));
    else found.add(path);
  }
  if (found.size + problems.length === 0) throw new MlspecError("no-specs", `there is no .mlspec file below ${paths.join(", ")}`, { hint: "Name a file, or a folder that holds specs." });
  return { files: [...found].sort(), problems };
}

const beginning: Problem["range"] = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
const noSpec = (code: string, file: string, message: string, hint: string): Problem => ({ file, code, message, hint, severity: "error", range: beginning, related: [] });

/** `given`: a text in place of what its file has, if there is such a file. */
export async function loadReport({ files, problems: before }: FoundSpecs, given?: GivenText): Promise<ValidationReport> {
  const started = performance.now();
  const { problems, files: all } = await loadWorkspace(given === undefined ? files : [...files, given.file], given === undefined ? {} : { given });
  return { files: [...before.map(({ file }) => file), ...all], problems: [...before, ...problems], seconds: (performance.now() - started) / 1000, version };
}

export interface ValidSpec {
  readonly spec: CompiledSpec;
  /** What is no error, and deserves to be known. */
  readonly warnings: ValidationReport;
}

/** The compiled spec; a spec with errors is shown with them and refused. */
export const loadValid = async (path: string, terminal: Terminal): Promise<CompiledSpec> => (await loadWithWarnings(path, terminal)).spec;

export async function loadWithWarnings(path: string, terminal: Terminal): Promise<ValidSpec> {
  const started = performance.now();
  const { spec, problems, files } = await loadSpec(path);
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.filter((problem) => problem.severity === "warning");
  if (errors.length === 0) return { spec, warnings: { files, problems: warnings, seconds: (performance.now() - started) / 1000, version } };
  terminal.err(textReport({ files, problems: errors, seconds: (performance.now() - started) / 1000, version }, onStandardError(terminal), lineReader()));
  if (errors.some(isOurs)) throw new MlspecError("internal-error", "MLSpec could not look at all of the spec; nothing was run", { hint: "What it says above is a defect of MLSpec, or a file that it cannot read; MLSPEC_DEBUG=1 shows where." });
  throw new MlspecError("spec-invalid", `${errors.length === 1 ? "the spec has an error" : `the spec has ${errors.length} errors`}; nothing was run`, { hint: "`mlspec explain <check>` tells more about a check." });
}

/** The compiled spec as far as it goes: for looking, not for running. */
export async function loadLenient(path: string): Promise<CompiledSpec> {
  return (await loadSpec(path)).spec;
}

/** A spec as far as it goes, for commands that work from the state: whoever must abort at night is not stopped by a typing error. */
export interface SpecAtHand {
  /** Without what errors concern; null when the file cannot be read. */
  readonly spec: CompiledSpec | null;
  /** What is wrong with it, in words; null when nothing is. */
  readonly problem: string | null;
  /** Why the file cannot be read. */
  readonly error: Error | null;
}

export async function loadAtHand(path: string): Promise<SpecAtHand> {
  try {
    const { spec, problems } = await loadSpec(path);
    const [first, ...more] = problems.filter(({ severity }) => severity === "error");
    if (first === undefined) return { spec, problem: declaresNothing(spec) ? "the spec declares nothing" : null, error: null };
    return { spec, problem: `the spec has ${more.length === 0 ? "an error" : `${more.length + 1} errors`} (line ${first.range.start.line + 1}: ${first.message}); \`mlspec validate\` shows ${more.length === 0 ? "it" : "them"}`, error: null };
  } catch (error) {
    return { spec: null, problem: messageOf(error), error: error instanceof Error ? error : new Error(messageOf(error)) };
  }
}

/** As a full disk or an editor that was killed leaves a file: nobody has said that any of it is to go. */
export function declaresNothing({ version: _version, files: _files, suppressions: _suppressions, expressions: _expressions, ...declarations }: CompiledSpec): boolean {
  return Object.values(declarations).every((each) => each.length === 0);
}

/** Who has the names that a command chooses from. */
export type Knower = "spec" | "state" | "both";

const words: Readonly<Record<Knower, { readonly has: string; readonly hasNone: (what: string) => string; readonly they: string }>> = {
  spec: { has: "the spec declares", hasNone: (what) => `the spec declares no ${what}`, they: "It declares" },
  state: { has: "the state knows", hasNone: (what) => `the state knows no ${what}`, they: "It knows" },
  both: { has: "the spec and the state know", hasNone: (what) => `neither the spec nor the state knows a ${what}`, they: "They know" },
};

export function named<T extends { readonly name: string }>(items: readonly T[], name: string, kind: string, knower: Knower = "spec"): T {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const names = items.map((item) => item.name);
  const near = nearest(name, names);
  const { hasNone, they } = words[knower];
  throw new MlspecError("not-declared", hasNone(`${kind} called ${name}`), { hint: near ? `Did you mean ${near}?` : names.length > 0 ? `${they} ${names.join(", ")}.` : `${they} no ${kind} at all.` });
}

/** The one named, or the only one there is. */
export function onlyOne<T extends { readonly name: string }>(items: readonly T[], name: string | undefined, kind: string, knower: Knower = "spec"): T {
  if (name !== undefined) return named(items, name, kind, knower);
  if (items.length === 1) return items[0]!;
  if (items.length === 0) throw new MlspecError("not-declared", `the spec declares no ${kind}`, { hint: `Declare one: \`${kind} name …\`; the editor completes what belongs in it.` });
  throw new MlspecError("which-one", `${words[knower].has} several ${kind}s`, { hint: `Name one of ${items.map((item) => item.name).join(", ")}.` });
}
