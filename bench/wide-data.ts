/** `mlspec run` over a file of n columns and 300 rows, all of them inputs; beside it DuckDB, which reads the file into a table. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { createProgram } from "../cli/program.ts";
import { openDatabase } from "../runtime/data/database.ts";

const rows = 300;

export async function runOverColumns(n: number): Promise<{ readonly whole: number; readonly parse: number; readonly problems: number }> {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-wide-"));
  try {
    const names = Array.from({ length: n }, (_, i) => `c${i}`);
    const data = join(folder, "wide.csv");
    // Digits that differ from row to row and from column to column.
    await writeFile(data, `${names.join(",")},y\n${Array.from({ length: rows }, (_, row) => `${names.map((_, i) => ((row * 7919 + i * 104_729) % 9973) / 100).join(",")},${row % 3 === 0}\n`).join("")}`);
    await writeFile(join(folder, "wide.mlspec"), spec(names));
    const parse = await timed(() => read(data));
    let code = -1;
    const whole = await timed(() => createProgram(silent(folder), () => new AbortController().signal, (result) => (code = result)).parseAsync(["node", "mlspec", "run", "wide.mlspec"]));
    if (code !== 0) throw new Error(`the run ended with ${code}`);
    return { whole, parse, problems: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const spec = (names: readonly string[]): string => `
source rows { read: csv("wide.csv"), columns { ${names.map((name) => `${name}: float`).join("\n")}
  y: bool } }
label answer: bool { of: rows, is: y }
dataset all { examples: rows, label: answer, features: rows.*, exclude: [rows.y], split: by_hash(train: 70%, validate: 10%, test: 20%) }
model learner { predict: answer from all, network: [], train { batch: 64, epochs: 1, seed: 1 } }
evaluation quality of learner { metrics: [auc] }
`;

async function read(path: string): Promise<void> {
  using database = await openDatabase();
  await database.run(`CREATE TABLE wide AS SELECT * FROM read_csv('${path}', header = true)`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const silent = (cwd: string): Parameters<typeof createProgram>[0] =>
  ({ out: () => {}, err: () => {}, interactive: false, columns: 100, colors: pc.createColors(false), cwd, outliveReader: () => {}, env: {}, now: () => new Date() });
