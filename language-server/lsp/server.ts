/**
 * The language server of this process. Standard output belongs to the protocol; whatever else there is to say goes through
 * the connection's log. `vscode-languageserver` ends the process after `exit`, and when the client's process is gone.
 */
import { startLanguageServer } from "langium/lsp";
import { createConnection, ProposedFeatures, type Connection } from "vscode-languageserver/node";
import { specFiles } from "../language/spec-files.ts";
import { createEditorServices } from "./module.ts";
import { answerRequests } from "./requests.ts";

/** There is one standard input: a second start in the same process has nothing to talk to. */
let running: Promise<number> | undefined;

/** Resolves with the exit code when the client says `exit`; the process ends right after. */
export const startServer = (): Promise<number> => (running ??= start());

function start(): Promise<number> {
  const connection = connect();
  logThrough(connection);
  const { shared, mlspec } = createEditorServices({ connection, ...specFiles });
  answerRequests(connection, mlspec);
  startLanguageServer(shared);
  return new Promise((resolve) => connection.onExit(() => resolve(0)));
}

/** Without any of the usual switches (`--stdio`, `--node-ipc`, `--socket=…`, `--pipe=…`), standard input and output. */
function connect(): Connection {
  const isToldHow = process.argv.some((argument) => /^--(stdio|node-ipc|socket|pipe)/.test(argument));
  return isToldHow ? createConnection(ProposedFeatures.all) : createConnection(ProposedFeatures.all, process.stdin, process.stdout);
}

function logThrough({ console: log }: Connection): void {
  const text = (parts: readonly unknown[]) => parts.map((part) => (part instanceof Error ? (part.stack ?? part.message) : String(part))).join(" ");
  console.log = console.info = console.debug = (...parts: unknown[]) => log.log(text(parts));
  console.warn = (...parts: unknown[]) => log.warn(text(parts));
  console.error = (...parts: unknown[]) => log.error(text(parts));
  process.on("uncaughtException", (error) => log.error(`Uncaught error: ${text([error])}`));
  process.on("unhandledRejection", (error) => log.error(`Unhandled rejection: ${text([error])}`));
}
