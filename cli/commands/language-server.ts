import type { Call } from "../call.ts";

/** Hands the process over to the language server, which ends it when the editor says so or goes away. */
export async function languageServer(_call: Call<unknown>): Promise<number> {
  const { startServer } = await import("../../language-server/lsp/server.ts");
  await startServer();
  return new Promise<never>(() => undefined);
}
