/**
 * textDocument/semanticTokens: what the TextMate grammar cannot know, that is what a name stands for. Numbers, units, strings,
 * keywords and property names are left to the TextMate grammar. Standard token types only, so that every theme colours them.
 */
import type { AstNode } from "langium";
import { AbstractSemanticTokenProvider, type SemanticTokenAcceptor } from "langium/lsp";
import { SemanticTokenModifiers as Modifier, SemanticTokenTypes as Type } from "vscode-languageserver";
import {
  isAnnotation, isArgument, isBuiltin, isCall, isColumn, isDeclaration, isDefinition, isEvaluation, isFeatures, isMember, isReference,
  isRollout, isSection, isSlo, isTypeRef, type Named,
} from "../../grammar/generated/ast.ts";

const tokenTypes: Readonly<Record<Exclude<Named["$type"], "Builtin">, string>> = {
  Entity: Type.interface,
  Source: Type.struct,
  Features: Type.namespace,
  Label: Type.event,
  Dataset: Type.struct,
  Model: Type.class,
  Evaluation: Type.class,
  Service: Type.class,
  Slo: Type.class,
  Rollout: Type.class,
  Policy: Type.class,
  Role: Type.class,
  Column: Type.property,
  Definition: Type.variable,
  Section: Type.enumMember,
};

export class MlspecSemanticTokens extends AbstractSemanticTokenProvider {
  protected override highlightElement(node: AstNode, accept: SemanticTokenAcceptor): void {
    if (isBuiltin(node)) return;
    if (isDeclaration(node) || isColumn(node) || isDefinition(node) || (isSection(node) && node.name !== undefined)) {
      accept({ node, property: "name", type: typeOf(node), modifier: [Modifier.declaration, ...modifiersOf(node)] });
    }
    highlightTargets(node, accept);
    if (isCall(node)) accept({ node, property: "function", type: Type.function, modifier: Modifier.defaultLibrary });
    else if (isArgument(node) && node.name !== undefined) accept({ node, property: "name", type: Type.parameter });
    else if (isTypeRef(node)) accept({ node, property: "name", type: Type.type, modifier: Modifier.defaultLibrary });
    else if (isAnnotation(node)) accept({ node, property: "name", type: Type.decorator });
  }
}

function highlightTargets(node: AstNode, accept: SemanticTokenAcceptor): void {
  const use = (property: string, target: Named | undefined) => {
    if (target !== undefined) accept({ node, property: property, type: typeOf(target), modifier: modifiersOf(target) });
  };
  if (isReference(node)) use("target", node.target?.ref);
  else if (isMember(node)) use("member", node.member?.ref);
  else if (isColumn(node) || isFeatures(node)) use("entity", node.entity?.ref);
  else if (isEvaluation(node)) use("model", node.model?.ref);
  else if (isSlo(node)) use("target", node.target?.ref);
  else if (isRollout(node)) {
    use("model", node.model?.ref);
    use("service", node.service?.ref);
  }
}

const typeOf = (node: Named): string => (isBuiltin(node) ? Type.enumMember : tokenTypes[node.$type]);

function modifiersOf(node: Named): string[] {
  if (isBuiltin(node)) return [Modifier.readonly, Modifier.defaultLibrary];
  const annotated = isColumn(node) || isDefinition(node) ? (node.annotations ?? []) : [];
  return annotated.some((a) => a.name === "deprecated") ? [Modifier.deprecated] : [];
}
