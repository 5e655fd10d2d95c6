/** After a mistake of the server's own, diagnostics are those of the texts as they are: of other files, and of the one that made it stumble. */
import { join } from "node:path";
import { afterEach, it } from "vitest";
import { Editor, has } from "./client.ts";

let editor: Editor | undefined;
afterEach(async () => {
  await editor?.stop();
  editor = undefined;
});

const source = (name: string, time = "a"): string => `source ${name} {\n  read: csv("a.csv")\n  time: ${time}\n  columns { a: timestamp }\n}\n`;
const clean = (now: readonly { severity?: number }[]): boolean => now.every((d) => d.severity !== 1);
const faults = [`--import=${join(import.meta.dirname, "../cli/faulty.ts")}`, "--disable-warning=ExperimentalWarning"];

it("a file that makes a mistake of ours: told there, the others are right, and it is right again when the text is", async () => {
  editor = await Editor.start({}, {}, true, faults);
  await editor.open("other.mlspec", source("other", "nowhere"));
  await editor.diagnostics("other.mlspec", has("nowhere"));
  await editor.open("main.mlspec", source("good", "missing"));
  await editor.diagnostics("main.mlspec", has("missing"));

  await editor.change("main.mlspec", 2, source("faulty"));
  await editor.diagnostics("main.mlspec", (now) => now.some((d) => d.code === "internal-error") && !has("missing")(now));
  await editor.change("main.mlspec", 3, `// boom\n${source("good")}`);
  await editor.diagnostics("main.mlspec", has("while reading this file"));
  await editor.change("other.mlspec", 2, source("other"));
  await editor.diagnostics("other.mlspec", clean);

  await editor.change("main.mlspec", 4, source("good"));
  await editor.diagnostics("main.mlspec", clean);
  await editor.change("main.mlspec", 5, source("good", "missing"));
  await editor.diagnostics("main.mlspec", has("missing"));
});

it("a half-typed operator: the diagnostics of the file follow the text", async () => {
  editor = await Editor.start({ "other.mlspec": source("other", "nowhere") });
  await editor.open("main.mlspec", source("main", "missing"));
  await editor.diagnostics("main.mlspec", has("missing"));
  await editor.change("main.mlspec", 2, source("main").replace("a: timestamp", "a: timestamp, b: bool = or is_null(a)"));
  await editor.diagnostics("main.mlspec", (now) => now.some((d) => d.code === "syntax") && !has("missing")(now));
  await editor.diagnostics("other.mlspec", has("nowhere"));
  await editor.change("main.mlspec", 3, source("main"));
  await editor.diagnostics("main.mlspec", clean);
});
