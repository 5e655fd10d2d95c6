/** What is known of a file of data: the runtime finds it out (`runtime/data/inspect`), the language server drafts a spec of it (`language-server/draft`). */
import type { Reader, ScalarKind } from "./compiled-spec/index.ts";

export interface ColumnFacts {
  /** As the file has it. */
  readonly name: string;
  /** Null: of a type that no column can declare. */
  readonly kind: ScalarKind | null;
  /** Rows without a value. */
  readonly missing: number;
  readonly distinct: number;
  /** Of numbers; else null. */
  readonly least: number | null;
  readonly greatest: number | null;
  readonly mean: number | null;
  /** Rows with a time after the present. */
  readonly future: number;
  /** The most frequent first, where there are few. */
  readonly values: readonly { readonly value: string | number | boolean; readonly rows: number }[];
  /** Times that can be read in more than one way. */
  readonly ambiguous: boolean;
}

export interface FileFacts {
  readonly format: Reader["format"];
  readonly rows: number;
  /** False: the first line is data, and the columns are called `column_1`, `column_2` … */
  readonly header: boolean;
  /** Texts that stand for a missing value, and are read so. */
  readonly missing: readonly string[];
  /** Formats of times, where they are not all ISO 8601. */
  readonly times: readonly string[];
  readonly columns: readonly ColumnFacts[];
  /** Names that the file has more than once: a spec cannot say which is meant. */
  readonly repeated: readonly string[];
}
