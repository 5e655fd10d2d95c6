/** Texts that name something (a person, a reason, a file, a column of a file, a unit) and are empty: nobody finds what they name. */
import { AstUtils, type AstNode } from "langium";
import { isAnnotation, isCall, isColumn, isProperty, isText, type Call, type Property } from "../../grammar/generated/ast.ts";
import { rangeOf } from "../compile/context.ts";
import { elements } from "../language/navigate.ts";
import { constructorByName, vocabularyOfBlock, type Shape } from "../vocabulary/index.ts";
import type { Problem } from "./problem.ts";

export const blankProblems = (declaration: AstNode): Problem[] => AstUtils.streamAst(declaration).flatMap(blanksAt).toArray();

function blanksAt(node: AstNode): Problem[] {
  if (isProperty(node)) return inProperty(node);
  if (isCall(node)) return inReader(node);
  // A file may have a column called by a blank.
  if (isColumn(node) && node.physical === "") return [blank(node, "no column of a file has an empty name", "physical")];
  return isAnnotation(node) && node.argument?.trim() === "" ? [blank(node, `\`@${node.name}\` says nothing of what`, "argument")] : [];
}

const isOfText = (shape: Shape | undefined): boolean => shape?.kind === "text" || (shape?.kind === "list" && isOfText(shape.of));

function inProperty({ name, value, $container: block }: Property): Problem[] {
  if (!isOfText(vocabularyOfBlock(block)?.properties.find((entry) => entry.name === name)?.type)) return [];
  return elements(value).filter(isText).filter((text) => text.value.trim() === "").map((text) => blank(text, `this text of \`${name}\` is empty`));
}

function inReader(call: Call): Problem[] {
  if (constructorByName.get(call.function)?.group !== "reader") return [];
  return call.arguments.filter((a) => a.name === undefined).flatMap(({ value }) => elements(value)).filter(isText).filter((text) => text.value.trim() === "").map((text) => blank(text, "no file has an empty name"));
}

const blank = (node: AstNode, message: string, property?: string): Problem =>
  ({ code: "out-of-range", severity: "error", range: rangeOf(node, property), message, hint: "Write what is meant, or leave it out." });
