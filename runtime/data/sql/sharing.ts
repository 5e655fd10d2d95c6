/**
 * Many expressions over one relation, each part computed once. SQL has no names within an expression, so what is needed twice
 * becomes a column of a sub-select below, in as many layers as such parts are made of one another; a column goes with its last use:
 *
 *     SELECT ("shared 1" + "shared 1") AS g
 *     FROM (SELECT * EXCLUDE ("shared 0"), ("shared 0" + …) AS "shared 1" FROM (SELECT *, … AS "shared 0" FROM t))
 *
 * Measured on DuckDB 1.5 (100,000 rows): 40 levels of doubling take 20 ms so, 3,000 levels 0.6 s. What puts the columns' definitions back
 * in their places, and so takes for ever: lateral aliases (`SELECT x AS a, a + a AS b`), and ORDER BY with LIMIT directly above the
 * layers. Without EXCLUDE the time is cubic in the layers, and nested 2,000 deep DuckDB's parser ends the process: hence the
 * materialised tables in between.
 */
import { everyPart, fold, partsOf, type Expression } from "../../../grammar/compiled-spec/index.ts";
import { columnsOf, writerOf, type Scope } from "./expression.ts";
import { identifier } from "./quote.ts";

export interface Shared {
  /** What stands behind FROM: the relation given, with columns added. */
  readonly from: string;
  /** SQL over `from` for one of the expressions given. */
  readonly sql: (root: Expression) => string;
}

/** A part of no more than this many parts is written again where it is needed again: a column would cost more than it saves. */
const repeated = 24;
/** An expression is cut into layers well before DuckDB's own limits on nesting and length. */
const deepest = 100;
const largest = 2000;
/** So many layers are nested; then a table is made of the rows. */
const nestedLayers = 50;

/**
 * @param from what may stand behind FROM.
 * @param alias the name under which the caller has `from` in its query.
 */
export function sharing(from: string, roots: readonly Expression[], { scope = columnsOf(), alias }: { readonly scope?: Scope; readonly alias?: string } = {}): Shared {
  const names = new Map<Expression, string>();
  const layers = layersOf(roots).map((parts) => writtenLayer(parts, names, scope));
  const outer = alias === undefined ? scope : columnsOf(alias);
  const prefix = alias === undefined ? "" : `${alias}.`;
  const nameOf = (part: Expression): string | undefined => names.get(part);
  return {
    from: nested(from, layers, usedBy(roots, nameOf)),
    sql: writerOf({ ...outer, computed: (part) => (names.has(part) ? `${prefix}${names.get(part) ?? ""}` : undefined) }),
  };
}

interface Layer {
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
  /** Names of columns of layers below. */
  readonly uses: ReadonlySet<string>;
}

/** Adds the layer's names to `names`. */
function writtenLayer(parts: readonly Expression[], names: Map<Expression, string>, scope: Scope): Layer {
  const below = new Map(parts.map((part) => [part, usedBy(partsOf(part), (inner) => names.get(inner))]));
  const write = writerOf({ ...scope, computed: (part) => names.get(part) });
  const columns = parts.map((part, i) => ({ name: identifier(`shared ${names.size + i}`), sql: write(part) }));
  for (const [i, part] of parts.entries()) names.set(part, columns[i]?.name ?? "");
  return { columns, uses: new Set([...below.values()].flatMap((used) => [...used])) };
}

/** The columns that expressions read instead of computing what is in them. */
function usedBy(roots: readonly Expression[], nameOf: (part: Expression) => string | undefined): ReadonlySet<string> {
  const used = new Set<string>();
  for (const part of everyPart(roots, (whole) => (nameOf(whole) === undefined ? partsOf(whole) : []))) {
    const name = nameOf(part);
    if (name !== undefined) used.add(name);
  }
  return used;
}

function nested(from: string, layers: readonly Layer[], usedByRoots: ReadonlySet<string>): string {
  const lastUse = new Map<string, number>();
  for (const [i, { uses }] of layers.entries()) for (const name of uses) lastUse.set(name, i);
  for (const name of usedByRoots) lastUse.set(name, layers.length);
  const tables: string[] = [];
  let relation = from;
  for (const [i, { columns, uses }] of layers.entries()) {
    if (i > 0 && i % nestedLayers === 0) {
      const table = identifier(`shared table ${tables.length}`);
      tables.push(`${table} AS MATERIALIZED (SELECT * FROM ${relation})`);
      relation = table;
    }
    const done = [...uses].filter((name) => lastUse.get(name) === i);
    const kept = done.length === 0 ? "*" : `* EXCLUDE (${done.join(", ")})`;
    relation = `(SELECT ${kept}, ${columns.map(({ sql, name }) => `${sql} AS ${name}`).join(", ")} FROM ${relation})`;
  }
  return tables.length === 0 ? relation : `(WITH ${tables.join(", ")} SELECT * FROM ${relation})`;
}

function usesIn(roots: readonly Expression[]): ReadonlyMap<Expression, number> {
  const uses = new Map<Expression, number>();
  const use = (part: Expression): void => void uses.set(part, (uses.get(part) ?? 0) + 1);
  roots.forEach(use);
  for (const part of everyPart(roots)) partsOf(part).forEach(use);
  return uses;
}

/** Of an expression's SQL where it stands. */
interface Extent {
  readonly size: number;
  readonly depth: number;
  /** The number of layers that it needs below. */
  readonly layers: number;
}

/** The parts that become columns, in layers: each is made of columns of the layers before it. */
function layersOf(roots: readonly Expression[]): readonly (readonly Expression[])[] {
  const uses = usesIn(roots);
  const layers: Expression[][] = [];
  const extentOf = fold<Extent>((part, of) => {
    const parts = partsOf(part).map(of);
    const extent = {
      size: parts.reduce((sum, { size }) => sum + size, 1), depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)), layers: Math.max(0, ...parts.map((each) => each.layers)),
    };
    const isColumn = ((uses.get(part) ?? 0) > 1 && extent.size > repeated) || extent.depth > deepest || extent.size > largest;
    if (!isColumn) return extent;
    (layers[extent.layers] ??= []).push(part);
    return { size: 1, depth: 1, layers: extent.layers + 1 };
  });
  roots.forEach(extentOf);
  return layers;
}
