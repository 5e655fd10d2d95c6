/** All checks over a compiled spec, with suppressions applied. Pure: the same spec gives the same findings in the same order. */
import type { CompiledSpec, Origin, Suppression } from "../../grammar/compiled-spec/index.ts";
import { didYouMean } from "../language/suggest.ts";
import { factsOf } from "./facts.ts";
import type { DeclarationKind, Finding } from "./finding.ts";
import { checkById, checks } from "./index.ts";
import { unusedSuppressionFinding } from "./unused-suppression.ts";

/**
 * The place of the file asked for that lets in what is wrong only in these files together (the first is where the finding stands). Null: there is
 * none, since an import has all of them and says it itself.
 */
export type Entrance = (files: readonly number[]) => Origin | null;

export interface RunOptions {
  /**
   * True when the compiler left declarations out because of errors. Then nothing is said about what is absent: it may be
   * one of those.
   */
  readonly partial?: boolean;
  /** Told of a check (by its id) that threw; the others go on. Without it the error goes on to the caller. */
  readonly onDefect?: (check: string, error: unknown) => void;
  /** Without it what is wrong only between imported files stays where it is. */
  readonly entrance?: Entrance;
}

/** Findings about the file asked for (`files[0]`), and such about its imports as show without it, in the order of the text. */
export function runChecks(spec: CompiledSpec, { partial = false, onDefect, entrance = () => null }: RunOptions = {}): Finding[] {
  const facts = factsOf(spec);
  const all = checks.filter((check) => !(partial && check.needsWholeSpec)).flatMap((check) => {
    try {
      return check.run(facts);
    } catch (error) {
      if (onDefect === undefined) throw error;
      onDefect(check.id, error);
      return [];
    }
  });
  const valid = new Set(spec.suppressions.filter((suppression) => complaint(suppression) === null).map(keyOf));
  const found = all.map((finding) => ({ finding, home: atHome(finding, entrance) }));
  const kept = found.filter((each) => !places(each).some((place) => valid.has(place)));
  const silenced = new Set(found.flatMap(places));
  const judged = spec.suppressions.filter(({ file }) => file === 0).flatMap((suppression) => judge(suppression, silenced, spec, partial));
  return [...kept.map(({ home }) => home), ...judged].toSorted(byPlace);
}

interface Found {
  /** As the check has it. */
  readonly finding: Finding;
  /** Where it is told. */
  readonly home: Finding;
}

/**
 * What is wrong only together with this file is said in this file: an imported feature's window is harmless until a dataset
 * here selects it, and its own file cannot know. The finding moves to the first place of its story that is here; where all of them are
 * in imports and none of these has them all, to the import.
 */
function atHome(finding: Finding, entrance: Entrance): Finding {
  if (finding.origin.file === 0) return finding;
  const places = [finding.origin, ...finding.related.map(({ origin }) => origin), ...(finding.dependsOn ?? [])];
  const here = places.find(({ file }) => file === 0) ?? entrance([...new Set(places.map(({ file }) => file))]);
  if (here === null) return finding;
  const rest = finding.related.filter(({ origin }) => origin !== here);
  return { ...finding, origin: here, related: [{ origin: finding.origin, message: "it is about this" }, ...rest] };
}

const keyOf = ({ check, file, line }: Pick<Suppression, "check" | "file" | "line">): string => `${check} ${file} ${line}`;

/** A suppression speaks for one line, where the finding is reported or what it is about: the keys of those that would silence it. */
const places = ({ finding, home }: Found): readonly string[] =>
  [finding.origin, home.origin].map(({ file, range: [line] }) => keyOf({ check: finding.check, file, line }));

function judge(suppression: Suppression, silenced: ReadonlySet<string>, spec: CompiledSpec, partial: boolean): readonly Finding[] {
  const wrong = complaint(suppression);
  if (wrong !== null) return [unusedSuppressionFinding(suppression, wrong)];
  if (partial || isForOthers(suppression, spec) || silenced.has(keyOf(suppression))) return [];
  return [unusedSuppressionFinding(suppression, `This ignore silences nothing: \`${suppression.check}\` has no finding on ${whereOf(suppression)}. Remove it.`)];
}

const whereOf = ({ line, comment: [own] }: Suppression): string => (line === own ? "this line" : line === own + 1 ? "the next line" : `line ${line + 1}`);

/** What a file without a model declares is used by those that import it, and so are its ignores; but for such as have nothing here to speak for. */
function isForOthers({ check }: Suppression, spec: CompiledSpec): boolean {
  const isHere = (kind: DeclarationKind): boolean => spec[kind].some(({ origin }) => origin.file === 0);
  return !isHere("models") && checkById.get(check)?.foundIn.some(isHere) === true;
}

/** What is wrong with a suppression whatever the findings are; such a one silences nothing. */
function complaint({ check, reason, malformed }: Suppression): string | null {
  if (malformed !== undefined) return `This ignore is not followed: ${malformed}. Write \`// mlspec-ignore ${check || "check"}: ${reason || "why it is all right"}\`.`;
  if (!checkById.has(check)) return `There is no check \`${check}\` to ignore${didYouMean(check.replaceAll("_", "-"), checkById.keys()) || "."} \`mlspec explain\` lists them all.`;
  if (!/[\p{L}\p{N}]/u.test(reason)) return `This ignore has no reason and is not followed. Write \`// mlspec-ignore ${check}: why it is all right\`.`;
  return null;
}

function byPlace(a: Finding, b: Finding): number {
  const places = [a.origin.file - b.origin.file, a.origin.range[0] - b.origin.range[0], a.origin.range[1] - b.origin.range[1]];
  return places.find((difference) => difference !== 0) ?? a.check.localeCompare(b.check, "en");
}
