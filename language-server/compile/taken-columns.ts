import { everyPart, type DatasetColumn, type Expression } from "../../grammar/compiled-spec/index.ts";

/** The columns of a dataset that something needs, in the order in which it names them. Each part of its expressions is looked at once. */
export class TakenColumns {
  private readonly columns = new Map<string, DatasetColumn>();
  private readonly seen = new Set<Expression>();

  add(column: DatasetColumn): void {
    if (!this.columns.has(column.name)) this.columns.set(column.name, column);
  }

  /** Those that `value` reads; `columnNamed` knows them. */
  addReadBy(value: Expression, columnNamed: (name: string) => DatasetColumn | undefined): void {
    for (const part of everyPart([value], undefined, this.seen)) {
      const column = part.op === "column" ? columnNamed(part.column) : undefined;
      if (column !== undefined) this.add(column);
    }
  }

  values(): Iterable<DatasetColumn> {
    return this.columns.values();
  }
}
