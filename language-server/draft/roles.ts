/** What each column is taken for, and which could be the label. By names and by what is in them: guesses, which the draft says. */
import type { ColumnFacts, FileFacts } from "../../grammar/file-facts.ts";

/** Why a column is left out of the features; null: it is one. */
export type Left = string | null;

const words = (name: string): readonly string[] => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
const says = (column: ColumnFacts, ...any: readonly string[]): boolean => words(column.name).some((word) => any.includes(word));

export const isPersonal = (column: ColumnFacts): boolean =>
  says(column, "email", "mail", "phone", "mobile", "ssn", "passport", "iban", "ip", "surname", "firstname", "lastname", "address", "street", "birthdate", "dob") || /^(full|first|last|user|customer)?_?name$/i.test(column.name);
export const isProtected = (column: ColumnFacts): boolean => says(column, "sex", "gender", "race", "ethnicity", "religion", "disability", "nationality");
const isId = (column: ColumnFacts): boolean => says(column, "id", "uuid", "guid", "key") || /[a-z]I[dD]$/.test(column.name);
const isMoment = ({ kind }: ColumnFacts): boolean => kind === "timestamp" || kind === "date";

/** Of each row another: a key. A number that happens to differ in each row is none, unless it is called so. */
export const isKey = (column: ColumnFacts, { rows }: FileFacts): boolean => column.distinct === rows && rows > 1 && (isId(column) || (column.kind === "string" && rows > 50) || /^(column_1|index|row|nr|no|unnamed.*)$/i.test(column.name));

/** 1, 2, 3 …: it numbers the rows. */
const isNumbering = ({ kind, distinct, least, greatest }: ColumnFacts, { rows }: FileFacts): boolean =>
  kind === "int" && distinct === rows && rows > 50 && least !== null && least <= 1 && greatest === least + rows - 1;

/** Repeats, and says whose row it is. */
export const isGroup = (column: ColumnFacts, { rows }: FileFacts): boolean => isId(column) && (column.kind === "string" || column.kind === "int") && column.distinct >= 50 && column.distinct < rows;

/** When a row happened: the only moment that every row has, or the only one that is called so. */
export function eventTime({ columns }: FileFacts): ColumnFacts | null {
  const whole = columns.filter((column) => isMoment(column) && column.missing === 0 && column.future === 0 && column.distinct >= 100 && !says(column, "birth", "birthdate", "dob"));
  const called = whole.filter((column) => says(column, "time", "timestamp", "at", "date", "datetime", "when", "created", "ts", "dteday"));
  return whole.length === 1 ? whole[0]! : called.length === 1 ? called[0]! : null;
}

/** Why the column should not be a feature. */
export function leftOut(column: ColumnFacts, file: FileFacts): Left {
  const { rows } = file;
  if (column.distinct === 0) return "has no value";
  if (column.distinct === 1 && column.missing === 0) return "the same in every row";
  if (isPersonal(column)) return "about a person";
  if (isKey(column, file)) return "another one in each row";
  if (isNumbering(column, file)) return "numbers the rows";
  if (isGroup(column, file)) return "says whose row it is";
  if (column.ambiguous) return "times that can be read in two ways: name their format with `times:`";
  if (isMoment(column)) return "a time has no encoding of its own: `day_of_week(…)` of it has";
  if (column.kind === "string" && column.distinct > Math.max(1000, rows / 2)) return "nearly as many texts as rows";
  return null;
}

export interface Candidate {
  readonly column: ColumnFacts;
  readonly task: "yes-or-no" | "classes" | "number";
  readonly why: string;
}

const asked = ["label", "target", "outcome", "class", "y", "response"];
const telling = ["churn", "churned", "bought", "purchased", "converted", "conversion", "clicked", "click", "returned", "fraud", "default", "defaulted", "survived", "success", "failed", "cancelled", "canceled", "approved", "income", "salary", "price", "demand", "sales", "rating"];

/** The likeliest first. */
export function labelCandidates(file: FileFacts): readonly Candidate[] {
  const possible = file.columns.filter((column) => taskOf(column) !== null && !isPersonal(column) && !isKey(column, file) && !isNumbering(column, file) && !isGroup(column, file));
  const ranked = possible.map((column) => ({ column, ...rankOf(column, possible.at(-1) === column) }));
  return ranked.toSorted((a, b) => b.rank - a.rank).map(({ column, why }) => ({ column, task: taskOf(column)!, why }));
}

function rankOf(column: ColumnFacts, last: boolean): { readonly rank: number; readonly why: string } {
  if (says(column, ...asked)) return { rank: 5, why: "by its name" };
  if (says(column, ...telling)) return { rank: column.distinct === 2 ? 4 : 3, why: "by its name" };
  if (last) return { rank: column.distinct === 2 ? 3.5 : 2, why: "the last column" };
  return column.distinct === 2 ? { rank: 1, why: "has two values" } : { rank: 0, why: "could be one" };
}

/** What could be learned of it; null: nothing. */
export function taskOf(column: ColumnFacts): Candidate["task"] | null {
  if (column.kind === null || isMoment(column) || column.ambiguous || column.distinct < 2) return null;
  if (column.distinct === 2) return column.kind === "duration" ? null : "yes-or-no";
  if (column.kind === "string") return column.distinct <= 20 ? "classes" : null;
  if (column.kind === "int" && column.distinct <= 20 && says(column, ...asked, "category", "species", "type", "kind")) return "classes";
  return column.kind === "int" || column.kind === "float" ? "number" : null;
}

const yes = /^(1|y|yes|true|t|positive|pos|good|success|won|win|churn(ed)?|fraud|spam|default(ed)?)$/i;

/** Which of two values the model says the probability of: the one that is called so, else the rarer. */
export function positiveOf({ values }: ColumnFacts): string | number | boolean {
  return values.find(({ value }) => value === true || yes.test(String(value)))?.value ?? values.at(-1)!.value;
}
