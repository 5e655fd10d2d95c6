/** textDocument/signatureHelp: by tokens, since a call that is being typed does not parse. */
import type { LangiumDocument } from "langium";
import type { LangiumServices, SignatureHelpProvider } from "langium/lsp";
import type { SignatureHelp, SignatureHelpOptions, SignatureHelpParams, SignatureInformation } from "vscode-languageserver";
import { callablesNamed, type Callable } from "../vocabulary/index.ts";
import { cursorAt, type Token } from "./completion/cursor.ts";

export class MlspecSignatureHelp implements SignatureHelpProvider {
  readonly signatureHelpOptions: SignatureHelpOptions = { triggerCharacters: ["(", ","], retriggerCharacters: [":"] };
  readonly #services: LangiumServices;

  constructor(services: LangiumServices) {
    this.#services = services;
  }

  provideSignatureHelp(document: LangiumDocument, params: SignatureHelpParams): SignatureHelp | undefined {
    const { before, open } = cursorAt(document.textDocument.getText(), document.textDocument.offsetAt(params.position), this.#services.parser.Lexer);
    const bracket = open.findLast((i) => before[i]?.type === "(" && before[i - 1]?.type === "CALLEE");
    if (bracket === undefined) return undefined;
    const callables = callablesNamed(before[bracket - 1]!.image);
    if (callables.length === 0) return undefined;
    const { index, name } = argumentAt(before.slice(bracket + 1));
    const signatures = callables.map((callable) => signatureInformation(callable, index, name));
    return { signatures, activeSignature: 0, activeParameter: signatures[0]!.activeParameter ?? 0 };
  }
}

/** The how-manieth argument, and its name if it has one. */
function argumentAt(tokens: readonly Token[]): { index: number; name: string | undefined } {
  let depth = 0;
  let index = 0;
  let start = 0;
  tokens.forEach((token, i) => {
    if ("([{".includes(token.type)) depth++;
    else if (")]}".includes(token.type)) depth--;
    else if (token.type === "," && depth === 0) {
      index++;
      start = i + 1;
    }
  });
  return { index, name: tokens[start + 1]?.type === ":" ? tokens[start]?.image : undefined };
}

interface ParameterText {
  readonly name: string;
  readonly text: string;
  readonly doc: string;
  readonly positional: boolean;
  readonly rest: boolean;
}

function signatureInformation(callable: Callable, index: number, name: string | undefined): SignatureInformation {
  const parameters = parametersOf(callable);
  const { name: fn, doc } = "scalar" in callable ? callable.scalar : callable.constructor;
  const returns = "scalar" in callable ? `: ${callable.scalar.returns}` : "";
  const named = parameters.findIndex((p) => p.name === name);
  const rest = parameters.findIndex((p) => p.rest);
  const positional = rest >= 0 && index > rest ? rest : index;
  // A position behind the last parameter marks none.
  const active = name === undefined ? (parameters[positional]?.positional ? positional : parameters.length) : named < 0 ? parameters.length : named;
  return {
    label: `${fn}(${parameters.map((p) => p.text).join(", ")})${returns}`,
    documentation: doc,
    parameters: parameters.map((p) => ({ label: p.text, documentation: p.doc })),
    activeParameter: active,
  };
}

function parametersOf(callable: Callable): ParameterText[] {
  if ("scalar" in callable) {
    return callable.scalar.parameters.map((p) => ({ name: p.name, text: `${p.name}: ${p.kind}${p.rest ? ", …" : ""}`, doc: "", positional: true, rest: p.rest ?? false }));
  }
  return callable.constructor.parameters.map((p) => ({
    name: p.name,
    text: `${p.positional ? p.name : `${p.name}:`}${p.required ? "" : "?"}${p.rest ? ", …" : ""}`,
    doc: p.default === undefined ? p.doc : `${p.doc} Default ${p.default}.`,
    positional: p.positional,
    rest: p.rest ?? false,
  }));
}
