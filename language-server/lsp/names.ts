/** What the features share about names: what stands under the cursor, and how a named thing is called in words. */
import { CstUtils, GrammarUtils, type AstNode, type CstNode, type LangiumDocument } from "langium";
import type { LangiumServices } from "langium/lsp";
import type { Position, Range } from "vscode-languageserver";
import {
  isBuiltin, isColumn, isColumns, isDeclaration, isDefinition, isProperty, isRequestShape, isSection, type Declaration, type Named,
} from "../../grammar/generated/ast.ts";

export interface NameAtCursor {
  /** The word under the cursor. */
  readonly leaf: CstNode;
  /** What it names, where it is declared. */
  readonly target: Named;
}

/** The leaf under the cursor, or the one that ends at it. */
export function leafAt(document: LangiumDocument, position: Position): CstNode | undefined {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined) return undefined;
  return CstUtils.findDeclarationNodeAtOffset(root, document.textDocument.offsetAt(position));
}

export function nameAt(document: LangiumDocument, position: Position, services: LangiumServices): NameAtCursor | undefined {
  const leaf = leafAt(document, position);
  if (leaf === undefined) return undefined;
  const target = services.references.References.findDeclarations(leaf)[0];
  return target !== undefined && isNamed(target) ? { leaf, target } : undefined;
}

export const isNamed = (node: AstNode): node is Named => isDeclaration(node) || isColumn(node) || isDefinition(node) || isSection(node);

/** `source`, `column`, `feature`, `model input`, `fallback`, `stage`, `metric` … */
export function kindOf(node: Named): string {
  if (isBuiltin(node)) return node.kind;
  if (isDeclaration(node)) return node.$type.toLowerCase();
  if (isColumn(node)) return isRequestShape(node.$container) ? "request field" : "column";
  if (isSection(node)) return node.kind;
  if (node.kind !== undefined) return node.kind;
  const owner = node.$container.$container;
  if (isSection(owner)) return owner.kind === "inputs" ? "model input" : owner.kind;
  return owner.$type === "Features" ? "feature" : "definition";
}

export const withArticle = (kind: string): string => (kind === "features" ? kind : `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`);

/** `ranker`, `impressions.sku`, `ranker.inputs.hour`: the name by which a reader can tell it from others. */
export function qualifiedName(node: Named): string {
  const names: string[] = [];
  for (let at: AstNode | undefined = node; at !== undefined; at = at.$container) {
    if (isSection(at)) names.unshift(at.name ?? at.kind);
    else if (isDeclaration(at) || isColumn(at) || isDefinition(at)) names.unshift(at.name);
  }
  return names.join(".");
}

/** Named things directly inside a declaration: columns, definitions, sections (without what those hold). */
export function membersOf(node: Declaration | Named): Named[] {
  if (isBuiltin(node) || isColumn(node) || isDefinition(node)) return [];
  return (node.body?.items ?? []).flatMap((item): Named[] => {
    if (isColumns(item)) return item.columns;
    if (isProperty(item)) return isRequestShape(item.value) ? item.value.columns : requestOf(item.value);
    return isDefinition(item) || isSection(item) ? [item] : [];
  });
}

/** `from: request { … } where …` */
function requestOf(value: AstNode | undefined): Named[] {
  const subject = value !== undefined && value.$type === "Qualified" ? (value as { subject?: AstNode }).subject : undefined;
  return subject !== undefined && isRequestShape(subject) ? subject.columns : [];
}

export function nameRange(node: AstNode): Range | undefined {
  return (GrammarUtils.findNodeForProperty(node.$cstNode, "name") ?? node.$cstNode)?.range;
}
