/** The findings of a check in a text: for checks about what the compiler makes of words. */
import { EmptyFileSystem, URI } from "langium";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { runChecks } from "../../../language-server/checks/run-checks.ts";
import { Elaborations } from "../../../language-server/compile/elaborations.ts";
import { specOf } from "../../../language-server/language/imports.ts";
import { createMlspecServices } from "../../../language-server/services.ts";

const { shared, mlspec } = createMlspecServices(EmptyFileSystem);
let count = 0;

export const inShop = exampleSpec;

/** Their messages; an error of the text itself is thrown, since then the test is about something else. */
export async function findings(check: string, text: string): Promise<string[]> {
  const { LangiumDocumentFactory, LangiumDocuments, DocumentBuilder } = shared.workspace;
  const document = LangiumDocumentFactory.fromString(text, URI.parse(`memory:///through-${++count}.mlspec`));
  LangiumDocuments.addDocument(document);
  await DocumentBuilder.build([document], { validation: false });
  const elaborations = new Elaborations(mlspec);
  const problems = [...document.parseResult.parserErrors, ...specOf(document).declarations.flatMap((d) => elaborations.elaboration.problemsOf(d)).filter(({ severity }) => severity === "error")];
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  const found = runChecks(elaborations.compile(document)).filter((f) => f.check === check).map(({ message }) => message);
  await DocumentBuilder.update([], [document.uri]);
  return found;
}
