/** Of what type each column of a file is: the narrowest that every value fits, held against the very SQL that a source is read with. */
import type { Reader, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import type { Database } from "../database.ts";
import { valueOfText, valueOfTyped, type ValueOf } from "../source-values.ts";
import { inBundles } from "../sql/bundles.ts";
import { textList } from "../sql/quote.ts";

export interface Kinds {
  /** By column; null: values that no column can declare (lists, structures, bytes). */
  readonly kinds: readonly (ScalarKind | null)[];
  readonly types: readonly string[];
  readonly format: Reader["format"];
  readonly missing: readonly string[];
  readonly times: readonly string[];
  /** Columns of times that can be read in more than one way (5/11/24), and so are texts. */
  readonly ambiguous: ReadonlySet<number>;
}

/** Mean a missing value wherever they stand. */
const plain = ["?", "NULL", "null", "N/A", "n/a", "#N/A", "<NA>"];
/** Mean one where all else in the column is of another type: Namibia's code is NA. */
const amongOthers = ["NA", "na", "NaN", "nan", "None", "none", "-", "--", "."];
const iso = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
const formats = ["%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M:%S"];
const sample = 5000;

interface Trial {
  readonly column: number;
  readonly kind: ScalarKind;
  readonly times: readonly string[];
}

export async function kindsOf(database: Database, types: readonly string[], format: Reader["format"]): Promise<Kinds> {
  const markers = format === "csv" ? await markersIn(database, types.length) : types.map(() => []);
  const trials = types.flatMap((type, column) => trialsOf(column, type));
  // Most guesses are wrong within a few rows: only those that are not are held against all.
  const likely = await fitting(database, `(SELECT * FROM inspected LIMIT ${sample})`, trials, { types, markers });
  const sure = await fitting(database, "inspected", likely, { types, markers });
  const found = types.map((type, column) => choose(type, sure.filter((trial) => trial.column === column)));
  const missing = [...new Set(found.flatMap(({ kind }, column) => (markers[column] ?? []).filter((marker) => kind !== "string" || plain.includes(marker))))].toSorted();
  const isTime = (kind: ScalarKind | null) => kind === "timestamp" || kind === "date";
  const written = [...new Set(found.flatMap(({ times }) => times))];
  const times = written.length === 0 || !found.some(({ kind, times }) => isTime(kind) && times.length === 0) ? written : [...written, ...iso];
  // With formats named, they are the only ones: a column that they do not cover stays a text.
  const again = times.length === 0 ? [] : await fitting(database, "inspected", found.flatMap(({ kind }, column) => (kind !== null && isTime(kind) ? [{ column, kind, times }] : [])), { types, markers });
  const kinds = found.map(({ kind }, column) => (times.length > 0 && isTime(kind) && !again.some((trial) => trial.column === column) ? "string" : kind));
  return { kinds, types, format, missing, times, ambiguous: new Set(found.flatMap(({ ambiguous }, column) => (ambiguous ? [column] : []))) };
}

/** SQL of a column's values, read as that kind; `index` names the columns between the steps. */
export function valueOf({ types, format, missing, times }: Pick<Kinds, "types" | "format" | "missing" | "times">, column: number, index: number, kind: ScalarKind): ValueOf {
  return format === "parquet" ? valueOfTyped(index, types[column] ?? "VARCHAR", kind) : valueOfText(index, kind, { missing, times: times.length === 0 ? undefined : times });
}

function trialsOf(column: number, type: string): Trial[] {
  const trial = (kind: ScalarKind, times: readonly string[] = []): Trial => ({ column, kind, times });
  if (type === "VARCHAR") return [trial("bool"), trial("int"), trial("float"), trial("timestamp"), ...formats.map((format) => trial("timestamp", [format]))];
  return [];
}

async function fitting(database: Database, table: string, trials: readonly Trial[], { types, markers }: { readonly types: readonly string[]; readonly markers: readonly (readonly string[])[] }): Promise<Trial[]> {
  const fit: Trial[] = [];
  for (const bundle of inBundles(trials)) {
    const values = bundle.map(({ column, kind, times }, j) => valueOf({ types, format: "csv", missing: markers[column] ?? [], times }, column, j, kind));
    const raw = `SELECT ${bundle.map(({ column }, j) => `r${column} AS r${j}`).join(", ")} FROM ${table}`;
    const given = `SELECT ${values.map(({ given }, j) => `${given} AS g${j}`).join(", ")} FROM (${raw})`;
    const counts = bundle.map(({ kind }, j) => `count(*) FILTER (g${j} IS NOT NULL AND (${values[j]?.typed ?? ""} IS NULL${kind === "int" || kind === "float" ? ` OR ${isName(`g${j}`)}` : ""})) = 0 AND count(g${j}) > 0 AS f${j}`);
    const [row] = await database.rows(`SELECT ${counts.join(", ")} FROM (${given})`);
    fit.push(...bundle.filter((_, j) => row?.[`f${j}`] === true));
  }
  return fit;
}

/** Digits that name something: what begins with a zero (a zip code), or has more digits than a number keeps. */
const isName = (sql: string): string => `regexp_matches(${sql}, '^[+-]?0[0-9]|^[0-9]{19,}$')`;

function choose(type: string, trials: readonly Trial[]): { kind: ScalarKind | null; times: readonly string[]; ambiguous: boolean } {
  const plainly = (kind: ScalarKind | null) => ({ kind, times: [], ambiguous: false });
  if (type !== "VARCHAR") return plainly(declared(type));
  const kinds = trials.filter(({ times }) => times.length === 0).map(({ kind }) => kind);
  // Of 0 and 1 it is not said that they are no and yes.
  const first = kinds.includes("bool") && kinds.includes("int") ? "int" : kinds[0];
  if (first !== undefined) return plainly(first);
  const [format, ...others] = trials.map(({ times }) => times);
  if (format === undefined) return plainly("string");
  return others.length > 0 ? { kind: "string", times: [], ambiguous: true } : { kind: "timestamp", times: format, ambiguous: false };
}

/** What a column of a Parquet file is by its own word. */
function declared(type: string): ScalarKind | null {
  if (type === "BOOLEAN") return "bool";
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) return "int";
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return "float";
  if (type === "DATE") return "date";
  if (type.startsWith("TIMESTAMP")) return "timestamp";
  if (type === "INTERVAL") return "duration";
  return /^(ENUM|UUID)/.test(type) && !type.endsWith("]") ? "string" : null;
}

/** By column: which of the usual texts for a missing value it has. */
async function markersIn(database: Database, columns: number): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = [];
  for (const bundle of inBundles(Array.from({ length: columns }, (_, i) => i))) {
    const lists = bundle.map((i) => `list(DISTINCT trim(r${i}, ' ' || chr(9))) FILTER (list_contains(${textList([...plain, ...amongOthers])}, trim(r${i}, ' ' || chr(9)))) AS m${i}`);
    const [row] = await database.rows(`SELECT ${lists.join(", ")} FROM inspected`);
    found.push(...bundle.map((i) => ((row?.[`m${i}`] ?? []) as readonly string[]).toSorted()));
  }
  return found;
}
