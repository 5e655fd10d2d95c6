/** The language server as a process: `node language-server/main.ts --stdio`, or started by an editor over IPC. */
import { startServer } from "./lsp/server.ts";

export { startServer };

await startServer();
