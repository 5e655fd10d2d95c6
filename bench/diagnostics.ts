/**
 * From a keystroke to its diagnostics, on a spec of 500 lines: the real server over standard input and output, as an editor
 * waits for it. Beside it, in the same run: parsing the text once (nothing that looks at a file can be faster), and TypeScript's own
 * language service on 500 lines of TypeScript, where diagnostics come after the same kind of edit.
 *   node bench/diagnostics.ts [keystrokes]
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { EmptyFileSystem } from "langium";
import ts from "typescript";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from "vscode-languageserver/node";
import { createMlspecServices } from "../language-server/services.ts";

const uri = "file:///bench/shop.mlspec";

/** 500 lines: sources with columns, views with features over them, and one path to a served model. */
export function specOf500Lines(): string {
  const groups = Array.from({ length: 12 }, (_, g) => [
    `entity thing_${g} { key: thing_${g}_id }`,
    `source events_${g} {`, `  read: parquet("events_${g}/*.parquet")`, "  time: at", "  retain: 400d", "  columns {",
    ...Array.from({ length: 12 }, (_, i) => `    value_${i}: float`), `    thing_id: string -> thing_${g}`, "    at: timestamp", "  }", "}",
    `features view_${g} for thing_${g} {`, `  from: events_${g}`,
    ...Array.from({ length: 12 }, (_, i) => `  total_${i} = sum(value_${i}) over ${i + 1}d`), "  refresh: 1h", "}", "",
  ]);
  const model = [
    "label high: bool {", "  of: events_0", "  is: value_0 > 3", "}",
    "dataset rows {", "  examples: events_0", "  label: high", "  features: [view_0.*]", "  split: by_time(train: 80%, validate: 10%, test: 10%)", "}",
    "model guess { predict: high from rows }", "evaluation quality of guess { require auc >= 0.7 }",
  ];
  const lines = [...groups.flat(), ...model];
  while (lines.length < 500) lines.push(`// ${lines.length}`);
  return lines.slice(0, 500).join("\n");
}

const typed = (text: string, n: number): string => `${text}\n// ${"x".repeat(n % 7)}`;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Contestant {
  readonly what: string;
  /** Does the n-th edit and everything up to its diagnostics. */
  edit(n: number): Promise<void> | void;
  stop?(): Promise<void>;
}

async function languageServer(text: string): Promise<Contestant> {
  const server = spawn(process.execPath, [join(import.meta.dirname, "../language-server/main.ts"), "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  connection.listen();
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, workspaceFolders: null, capabilities: {} });
  await connection.sendNotification("initialized", {});
  const first = published(connection);
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "mlspec", version: 0, text } });
  await first;
  return {
    what: "keystroke to diagnostics, 500 lines",
    async edit(n) {
      const answer = published(connection);
      await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version: n + 1 }, contentChanges: [{ text: typed(text, n) }] });
      await answer;
    },
    async stop() {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      connection.dispose();
    },
  };
}

function published(connection: MessageConnection): Promise<void> {
  return new Promise((done) => {
    const subscription = connection.onNotification("textDocument/publishDiagnostics", (params: { uri: string }) => {
      if (params.uri !== uri) return;
      subscription.dispose();
      done();
    });
  });
}

function parserAlone(text: string): Contestant {
  const { mlspec } = createMlspecServices({ ...EmptyFileSystem });
  return { what: "parsing alone, the least there is to do", edit: (n) => void mlspec.parser.LangiumParser.parse(typed(text, n)) };
}

/** Without the library's type declarations, which would be most of the work the first time and none of it later. */
function typeScript(): Contestant {
  const lines = Array.from({ length: 250 }, (_, i) => `interface Row${i} { a: number; b: string }\nexport const f${i} = (row: Row${i}): number => row.a * ${i} + row.b.length;`);
  const text = lines.join("\n");
  let version = 0;
  let current = text;
  const service = ts.createLanguageService({
    getScriptFileNames: () => ["/main.ts"],
    getScriptVersion: () => String(version),
    getScriptSnapshot: (name) => (name === "/main.ts" ? ts.ScriptSnapshot.fromString(current) : undefined),
    getCurrentDirectory: () => "/",
    getCompilationSettings: () => ({ noLib: true, strict: true, types: [] }),
    getDefaultLibFileName: () => "lib.d.ts",
    fileExists: (name) => name === "/main.ts",
    readFile: () => undefined,
  });
  return {
    what: "TypeScript's language service, 500 lines",
    edit(n) {
      version = n + 1;
      current = typed(text, n);
      service.getSyntacticDiagnostics("/main.ts");
      service.getSemanticDiagnostics("/main.ts");
    },
  };
}

/** Turn and turn about, so that whatever else the machine is doing hits all of them; the first half as many only warm up. */
async function race(contestants: readonly Contestant[], keystrokes: number): Promise<number[]> {
  const times = contestants.map((): number[] => []);
  const warm = Math.ceil(keystrokes / 2);
  for (let n = 0; n < keystrokes + warm; n++) {
    for (const [i, contestant] of contestants.entries()) {
      const start = performance.now();
      await contestant.edit(n);
      if (n >= warm) times[i]!.push(performance.now() - start);
    }
  }
  for (const contestant of contestants) await contestant.stop?.();
  return times.map(median);
}

if (import.meta.main) {
  const text = specOf500Lines();
  const contestants = [await languageServer(text), parserAlone(text), typeScript()];
  const [server = Number.NaN, parse = Number.NaN, typescript = Number.NaN] = await race(contestants, Number(process.argv[2] ?? 60));
  [server, parse, typescript].forEach((ms, i) => console.log(`${contestants[i]!.what.padEnd(42)} ${ms.toFixed(1).padStart(7)} ms`));
  console.log(`ratio to parsing ${(server / parse).toFixed(2)}   ratio to TypeScript ${(server / typescript).toFixed(2)}`);
}
