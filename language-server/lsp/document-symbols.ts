/** textDocument/documentSymbol: declarations, and inside them columns, definitions and sections. */
import type { LangiumDocument } from "langium";
import type { DocumentSymbolProvider } from "langium/lsp";
import { SymbolKind, type DocumentSymbol } from "vscode-languageserver";
import { isBuiltin, isColumn, isDeclaration, isDefinition, isSection, type Named } from "../../grammar/generated/ast.ts";
import { specOf } from "../language/imports.ts";
import { eachContained } from "./contained.ts";
import { kindOf, membersOf, nameRange } from "./names.ts";

export class MlspecDocumentSymbols implements DocumentSymbolProvider {
  getSymbols(document: LangiumDocument): DocumentSymbol[] {
    return eachContained("document symbols", specOf(document).declarations ?? [], symbolOf);
  }
}

function symbolOf(node: Named): DocumentSymbol[] {
  const selectionRange = nameRange(node);
  const range = node.$cstNode?.range;
  const name = isSection(node) ? (node.name ?? node.kind) : node.name;
  if (range === undefined || selectionRange === undefined || !name) return [];
  const children = membersOf(node).flatMap(symbolOf);
  return [{ name, detail: detailOf(node), kind: symbolKind(node), range, selectionRange, ...(children.length > 0 && { children }) }];
}

function detailOf(node: Named): string {
  if (isColumn(node)) return typeText(node);
  if (isDeclaration(node)) return kindOf(node);
  return isDefinition(node) ? (node.kind ?? "") : node.name === undefined ? "" : node.kind;
}

/** `string? → customer` */
function typeText(column: Extract<Named, { $type: "Column" }>): string {
  const type = column.type === undefined ? "" : column.type.name + (column.type.nullable ? "?" : "");
  return column.entity === undefined ? type : `${type} → ${column.entity.$refText}`;
}

const kinds: Readonly<Record<Exclude<Named["$type"], "Builtin">, SymbolKind>> = {
  Entity: SymbolKind.Interface,
  Source: SymbolKind.Struct,
  Features: SymbolKind.Module,
  Label: SymbolKind.Event,
  Dataset: SymbolKind.Array,
  Model: SymbolKind.Class,
  Evaluation: SymbolKind.Method,
  Service: SymbolKind.Package,
  Slo: SymbolKind.Constant,
  Rollout: SymbolKind.Namespace,
  Policy: SymbolKind.Object,
  Role: SymbolKind.Key,
  Column: SymbolKind.Field,
  Definition: SymbolKind.Variable,
  Section: SymbolKind.Property,
};

export const symbolKind = (node: Named): SymbolKind => (isBuiltin(node) ? SymbolKind.EnumMember : kinds[node.$type]);
