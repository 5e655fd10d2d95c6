/** Langium would collect every named node for scopes of its own; `MlspecScopeProvider` has tables made when asked. That was an eighth of a keystroke. */
import { DefaultScopeComputation, MultiMap, type AstNode, type AstNodeDescription } from "langium";

export class NoLocalSymbols extends DefaultScopeComputation {
  override async collectLocalSymbols(): Promise<MultiMap<AstNode, AstNodeDescription>> {
    return new MultiMap();
  }
}
