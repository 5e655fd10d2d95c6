/**
 * What ten times the size costs: for each family of specs the time to validate (parse, link, compile, check) at size n and 10n, beside parsing
 * alone, each in a process of its own that has warmed up on a small spec of the family. Goal: 10× the size costs at most 12× the time, or at most 1.2
 * times what it costs parsing (Langium's, of which garbage collection makes more than ten times): the column `÷ parse`. Of `columns of data` it is a whole
 * run that is measured, beside DuckDB reading the file.
 *   node bench/scaling.ts [family…]
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { EmptyFileSystem, URI } from "langium";
import { createMlspecServices } from "../language-server/services.ts";
import { runOverColumns } from "./wide-data.ts";

type Files = Readonly<Record<string, string>>;

interface Family {
  /** The smaller of the two sizes. */
  readonly n: number;
  /** Where it is not validation that is measured. */
  readonly measure?: (n: number) => Promise<Measure>;
  readonly files: (n: number) => Files | string;
}

const times = (n: number, part: (i: number) => string): string => Array.from({ length: n }, (_, i) => part(i)).join("");
const source = (name: string, columns: string, more = ""): string => `source ${name} {\n  read: parquet("${name}.parquet")\n  time: at\n${more}  columns {\n${columns}    at: timestamp\n  }\n}\n`;
const events = `entity thing { key: thing_id }\n${source("events", "    thing_id: string -> thing\n    value: float\n    good: bool\n")}`;
const model = `label high: bool {\n  of: events\n  is: good\n}\ndataset rows {\n  examples: events\n  label: high\n  features: [events.value]\n  split: by_time(train: 80%, validate: 10%, test: 10%)\n}\n`;
const trained = `${events}${model}model guess {\n  predict: high from rows\n  fallback low = 0.1\n}\n`;
const stage = (name: string): string => `  stage ${name} {\n    traffic: 5%\n    hold: 1d\n    require rate(errors) <= control\n  }\n`;

const families: Readonly<Record<string, Family>> = {
  "declarations": { n: 2000, files: (n) => times(n, (i) => `entity e${i} { key: k${i} }\n`) },
  "sources and views": { n: 400, files: (n) => times(n, (i) => `entity e${i} { key: k${i} }\n${source(`s${i}`, `    k: string -> e${i}\n    v: float\n`)}features f${i} for e${i} {\n  from: s${i}\n  total = sum(v) over 7d\n}\n`) },
  "models": { n: 100, files: (n) => events + times(n, (i) => model.replaceAll("high", `high${i}`).replaceAll("rows", `rows${i}`) + `model m${i} { predict: high${i} from rows${i} }\nevaluation q${i} of m${i} { require auc >= 0.7 }\nservice s${i} { model: m${i} }\n`) },
  "columns": { n: 2000, files: (n) => source("wide", times(n, (i) => `    c${i}: float\n`)) },
  "computed columns": { n: 1000, files: (n) => source("wide", `    c0: float\n${times(n, (i) => `    d${i}: float = c0 * ${i + 1}\n`)}`) },
  "windowed features": { n: 500, files: (n) => `${events}features f for thing {\n  from: events\n${times(n, (i) => `  f${i} = sum(value) over ${i + 1}d\n`)}}\n` },
  "features into a model": { n: 200, files: (n) => `${events}features f for thing {\n  from: events\n${times(n, (i) => `  f${i} = sum(value) over ${i + 1}d\n`)}}\n${model.replace("[events.value]", "[f.*]")}model guess { predict: high from rows }\nservice s { model: guess, otherwise: guess.low }\n` },
  "chain of aliases": { n: 300, files: (n) => `${source("s", "    v: float\n")}features f {\n  from: s\n  a0 = v\n${times(n, (i) => `  a${i + 1} = a${i}\n`)}}\n` },
  "chain of columns": { n: 300, files: (n) => source("s", `    c0: float\n${times(n, (i) => `    c${i + 1}: float = c${i}\n`)}`) },
  "chain of sources": { n: 200, files: (n) => source("s0", "    v: float\n") + times(n, (i) => `source s${i + 1} {\n  read: csv("a")\n  columns: s${i}.columns\n}\n`) },
  "definitions twice over": { n: 2, files: (n) => `${source("s", "    v: float\n")}features f {\n  from: s\n  g0 = v\n${times(n, (i) => `  g${i + 1} = g${i} + g${i}\n`)}}\n` },
  "long expression": { n: 300, files: (n) => `${source("s", "    v: float\n")}features f {\n  from: s\n  a = v${times(n, () => " + v")}\n}\n` },
  "long list": { n: 2000, files: (n) => `${source("s", "    v: string\n")}features f {\n  from: s\n  a = v in [${times(n, (i) => `"x${i}", `)}"y"]\n}\n` },
  "unclosed comment": { n: 20_000, files: (n) => `entity e { key: k }\n/* ${"/*".repeat(n)}` },
  "unclosed comments on lines": { n: 5000, files: (n) => `entity e { key: k }\n${"/* x\n".repeat(n)}` },
  "unclosed texts": { n: 2000, files: (n) => times(n, (i) => `role r${i} { members: ["a] }\n`) },
  "long line": { n: 100_000, files: (n) => `entity e { key: k } // ${"x".repeat(n)}` },
  "long line of code": { n: 2000, files: (n) => times(n, (i) => `entity e${i} { key: k${i} } `) },
  "long name": { n: 100_000, files: (n) => `entity ${"e".repeat(n)} { key: k }\n` },
  "long text": { n: 100_000, files: (n) => `role r { members: ["${"e".repeat(n)}"] }\n` },
  "spaces": { n: 100_000, files: (n) => `entity e {${" ".repeat(n)}key: k }${" ".repeat(n)}x\n` },
  "spaces in lines": { n: 20_000, files: (n) => `entity e { key: k }\n${"  \n".repeat(n)}x y z\n` },
  "odd characters": { n: 5000, files: (n) => "# ".repeat(n) },
  "closing braces": { n: 5000, files: (n) => "}\n".repeat(n) },
  "words": { n: 5000, files: (n) => times(n, (i) => `word${i}\n`) },
  "unknown names": { n: 500, files: (n) => `${source("s", "    v: float\n")}features f {\n  from: s\n${times(n, (i) => `  f${i} = nobody${i}\n`)}}\n` },
  "broken lines": { n: 1000, files: (n) => source("s", times(n, (i) => `    c${i}: float = or is_null(c0)\n`)) },
  "one name many times": { n: 2000, files: (n) => times(n, () => `entity e { key: k }\n`) },
  "imports": { n: 100, files: (n) => ({ "main.mlspec": times(n, (i) => `import "./f${i}.mlspec"\n`), ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}.mlspec`, `entity e${i} { key: k }\n`])) }) },
  "chain of imports": { n: 50, files: (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [i === 0 ? "main.mlspec" : `f${i}.mlspec`, `${i + 1 < n ? `import "./f${i + 1}.mlspec"\n` : ""}entity e${i} { key: k }\n`])) },
  "suppressions": { n: 2000, files: (n) => times(n, (i) => `// mlspec-ignore unused-declaration: because ${i}\nentity e${i} { key: k${i} }\n`) + trained },
  "nested blocks": { n: 9, files: (n) => `${"model m { x { ".repeat(1)}${"y { ".repeat(n)}${"} ".repeat(n)}} }\n` },
  "rollout stages": { n: 100, files: (n) => `${trained}service s { model: guess, otherwise: guess.low }\nrollout r of guess on s {\n  unit: thing_id\n${times(n, (i) => stage(`s${i}`))}}\n` },
  "rollouts": { n: 100, files: (n) => `${trained}service s { model: guess, otherwise: guess.low }\n${times(n, (i) => `rollout r${i} of guess on s {\n  unit: thing_id\n${stage("canary")}}\n`)}` },
  "requirements": { n: 500, files: (n) => `${trained}evaluation q of guess {\n${times(n, (i) => `  require auc >= 0.${i + 1}\n`)}}\n` },
  "expectations": { n: 500, files: (n) => source("s", "    v: float\n", `  expect {\n${times(n, (i) => `    require v >= ${i}\n`)}  }\n`) },
  "columns of data": { n: 200, files: () => "", measure: runOverColumns },
  "documentation": { n: 3000, files: (n) => times(n, (i) => `/// What it is.\nentity e${i} { key: k }\n`) + "/// a line\n".repeat(n) },
};

/** So that none pays for what the measure before it left behind. */
const collect = (): void => void globalThis.gc?.();

async function validate(files: Files | string): Promise<{ readonly whole: number; readonly parse: number; readonly problems: number }> {
  const texts = typeof files === "string" ? { "main.mlspec": files } : files;
  const { shared, mlspec } = createMlspecServices(EmptyFileSystem);
  collect();
  const before = performance.now();
  for (const text of Object.values(texts)) mlspec.parser.LangiumParser.parse(text);
  const parse = performance.now() - before;
  collect();
  const start = performance.now();
  const documents = Object.entries(texts).map(([name, text]) => shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse(`memory:///${name}`)));
  for (const document of documents) shared.workspace.LangiumDocuments.addDocument(document);
  await shared.workspace.DocumentBuilder.build(documents, { validation: true });
  return { whole: performance.now() - start, parse, problems: documents.reduce((sum, d) => sum + (d.diagnostics ?? []).length, 0) };
}

type Measure = Awaited<ReturnType<typeof validate>>;

/** Of three; one when it is slow. */
async function fastest(measure: () => Promise<Measure>): Promise<Measure> {
  let best = await measure();
  for (let again = 0; again < 2 && best.whole < 2000; again++) {
    const next = await measure();
    best = { ...next, whole: Math.min(best.whole, next.whole), parse: Math.min(best.parse, next.parse) };
  }
  return best;
}

/** In a process of its own, ended after this long. */
const patience = 90_000;

function measured(name: string, n: number): Measure | undefined {
  const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", "--disable-warning=ExperimentalWarning", import.meta.filename, "--one", name, String(n)], { encoding: "utf8", timeout: patience, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? (JSON.parse(stdout) as Measure) : undefined;
}

function compare(name: string, { n }: Family): void {
  const small = measured(name, n);
  const large = small && measured(name, 10 * n);
  const cell = (ms: number | undefined): string => (ms === undefined ? `> ${patience / 1000} s` : `${ms.toFixed(0)} ms`).padStart(9);
  const ratio = small && large && large.whole / small.whole;
  const parsing = small && large && large.parse / small.parse;
  const shown = (r: number | undefined): string => (r === undefined ? "∞" : `${r.toFixed(1)}×`).padStart(7);
  const over = ratio === undefined || (ratio > 12 && ratio > 1.2 * (parsing ?? 0));
  console.log(`${name.padEnd(28)} ${`${n} → ${10 * n}`.padStart(18)} ${cell(small?.whole)} ${cell(large?.whole)} ${shown(ratio)} ${shown(parsing)} ${shown(ratio && parsing && ratio / parsing)}   ${String(large?.problems ?? "").padStart(6)}${over ? "  over" : ""}`);
}

if (import.meta.main) {
  const [flag, ...rest] = process.argv.slice(2);
  if (flag === "--one") {
    const [name = "", n = "1"] = rest;
    const family = families[name]!;
    const measure = family.measure ?? ((size: number) => validate(family.files(size)));
    for (let warm = 0; warm < 5; warm++) await measure(Math.max(1, Math.floor(family.n / 5)));
    console.log(JSON.stringify(await fastest(() => measure(Number(n)))));
  } else {
    const wanted = process.argv.slice(2);
    console.log(`${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`);
    console.log(`${"".padEnd(28)} ${"n → 10n".padStart(18)} ${"n".padStart(9)} ${"10n".padStart(9)} ${"ratio".padStart(7)} ${"parse".padStart(7)} ${"÷ parse".padStart(7)}   found`);
    for (const [name, family] of Object.entries(families)) if (wanted.length === 0 || wanted.includes(name)) compare(name, family);
  }
}
