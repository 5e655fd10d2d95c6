/**
 * A prediction request in one form, whichever route it came by: named columns of unchecked JSON values. Which values are
 * right depends on the version that answers, so they are checked later, by that version's contract (`rows.ts`).
 */
export interface RequestColumn {
  /** The row's value; `undefined`: the row does not have it. */
  at(row: number): unknown;
  /** The protocol's datatype, when the request declares one. */
  readonly datatype: string | null;
  /** Where a row's value stands in the request, for messages. */
  part(row: number): string;
}

export interface PredictionRequest {
  /** Null when the client gave none. */
  readonly id: string | null;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, RequestColumn>;
  /** What stands beside the rows and means nothing to anyone. */
  readonly besides: readonly string[];
  /** Names of the outputs asked for; null is all. */
  readonly outputs: readonly string[] | null;
  /** The part of the request where columns stand, for a missing one: `inputs` or `rows[3]`. */
  container(row: number): string;
}
