import type { Call } from "../program.ts";

/** Hands the process over to the language server; it ends when the editor closes the connection. */
export async function languageServer(_call: Call<unknown>): Promise<number> {
  const { startServer } = await import("../../language-server/main.ts");
  return startServer();
}
