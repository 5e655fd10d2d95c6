import { commands, Location, Position, Range, Uri } from "vscode";
import type { ShowReferencesArguments } from "../../language-server/lsp/protocol.ts";

/** The editor's own peek, which wants its own classes instead of the protocol's plain data. */
export async function showReferences(...[uri, at, locations]: ShowReferencesArguments): Promise<void> {
  const places = locations.map(({ uri: file, range: { start, end } }) => new Location(Uri.parse(file), new Range(start.line, start.character, end.line, end.character)));
  await commands.executeCommand("editor.action.showReferences", Uri.parse(uri), new Position(at.line, at.character), places);
}
