/** Which functions and constructors make sense where. */
import { CompletionItemKind } from "vscode-languageserver";
import { functions, type FunctionSignature } from "../../../grammar/compiled-spec/index.ts";
import { isArgument, isDefinition, isFeatures, type Expression } from "../../../grammar/generated/ast.ts";
import type { Place } from "../../language/place.ts";
import { constructorByName, constructorsOf, scalarSignature, signatureOf, type Constructor, type ConstructorGroup } from "../../vocabulary/index.ts";
import { withExample } from "./items.ts";
import type { Suggestion } from "./suggestion.ts";

const none: readonly Suggestion[] = [];

/** `node` is the name that is being typed. */
export function callablesAt(place: Place, node: Expression): readonly Suggestion[] {
  const { declaration, sections, item, call } = place;
  const section = sections[0]?.kind;
  switch (declaration?.$type) {
    case "Source":
      if (place.column !== undefined) return scalars;
      return section === "expect" ? [...group("contract"), ...named("distinct", "share"), ...scalars] : none;
    case "Features":
      if (!isDefinition(item)) return place.side === "where" ? scalars : none;
      return isFeatures(declaration) && declaration.entity !== undefined ? [...group("aggregate"), ...scalars] : scalars;
    case "Label":
      return call === undefined ? [...group("events"), ...scalars] : [...named("same"), ...scalars];
    case "Model":
      if (section === "inputs") return isDefinition(node.$container) ? group("encoding") : scalars;
      return isDefinition(item) ? scalars : none;
    case "Evaluation":
      return isDefinition(item) ? scalars : none;
    case "Dataset":
      return place.side === "where" || isArgument(node.$container) ? scalars : none;
    case "Slo":
      return call === undefined ? named("share", "rate") : none;
    case "Rollout":
      return call === undefined ? group("indicator") : none;
    case "Policy":
      return call === undefined ? group("approval") : none;
    default:
      return none;
  }
}

const group = (name: ConstructorGroup): readonly Suggestion[] => constructorsOf(name).map(constructorSuggestion);
export const named = (...names: readonly string[]): readonly Suggestion[] => names.flatMap((name) => {
  const constructor = constructorByName.get(name);
  return constructor === undefined ? [] : [constructorSuggestion(constructor)];
});

function constructorSuggestion(constructor: Constructor): Suggestion {
  const { name, doc, example, parameters } = constructor;
  return {
    label: name,
    kind: CompletionItemKind.Function,
    detail: signatureOf(constructor),
    doc: withExample(doc, example),
    snippet: parameters.length === 0 ? `${name}()` : `${name}($0)`,
    rank: 2,
  };
}

const scalars: readonly Suggestion[] = functions.map((f: FunctionSignature) => ({
  label: f.name,
  kind: CompletionItemKind.Function,
  detail: scalarSignature(f),
  doc: f.doc,
  snippet: f.parameters.length === 0 ? `${f.name}()` : `${f.name}($0)`,
  rank: 6,
}));
