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

const required = (lines: readonly string[]): string => lines.map((line) => `require ${line}`).join("\n    ");

/** Requirements as an evaluation's, a stage's and a source's. */
export const gates = (...lines: string[]): string => inShop(`evaluation e of ranker {
  slices: [impressions.country]
  baseline usual = 0.02
  baseline seldom = 0.01
  ${required(lines)}
}`);
export const stage = (...lines: string[]): string => inShop(`label returned: bool { of: impressions, is: exists(purchases where same(shopper) and price < 0), within: 48h }
rollout release of ranker on recommend {
  stage canary { traffic: 10%, hold: 40h
    ${required(lines)}
  }
  stage full { traffic: 100% }
}`);
export const contract = (...lines: string[]): string => `source s {
  read: csv("a")
  columns { a: int?, b: float, c: string, at: timestamp, d: bool, e: bool, f: date }
  expect {
    ${required(lines)}
  }
}`;

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
