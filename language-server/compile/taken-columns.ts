import { everyPart, type DatasetColumn, type Expression } from "../../grammar/compiled-spec/index.ts";

/** The columns of a dataset that something needs, in the order in which it names them. Each part of its expressions is looked at once. */
export class TakenColumns {
  private readonly columns = new Map<string, DatasetColumn>();
  private readonly seen = new Set<Expression>();

  add(column: DatasetColumn): void {
    addTo(this.columns, column);
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

/** What is known stays, unless the other one is a field that a request declares under the column's own name: then that is how it is sent. */
export function addTo(columns: Map<string, DatasetColumn>, column: DatasetColumn): void {
  if (!columns.has(column.name) || (column.from.kind === "example" && column.from.field === column.name)) columns.set(column.name, column);
}
