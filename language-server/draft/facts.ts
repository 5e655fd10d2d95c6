/** What a draft is made of. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";

export interface DataColumn {
  readonly name: string;
  /** Null: of a type that no column can declare. */
  readonly kind: ScalarKind | null;
  readonly missing: number;
  readonly distinct: number;
  readonly least: number | null;
  readonly greatest: number | null;
  readonly mean: number | null;
  /** Rows with a time after the present. */
  readonly future: number;
  /** The most frequent first, where there are few. */
  readonly values: readonly { readonly value: string | number | boolean; readonly rows: number }[];
  readonly ambiguous: boolean;
}

export interface DataFile {
  readonly format: "csv" | "parquet" | "json";
  readonly rows: number;
  readonly header: boolean;
  readonly missing: readonly string[];
  readonly times: readonly string[];
  readonly columns: readonly DataColumn[];
  readonly repeated: readonly string[];
}
