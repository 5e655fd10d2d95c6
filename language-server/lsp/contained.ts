/**
 * One feature that fails answers nothing, says so in the log, and takes no other with it. An editor shows an error box for every failed
 * request, and some ask again at each key.
 */
import { isOperationCancelled } from "langium";
import { ResponseError } from "vscode-languageserver";

/** As `provider`, whose methods give undefined when they throw. `what` is for the log. */
export function contained<T extends object>(what: string, provider: T): T {
  return new Proxy(provider, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => orNothing(what, () => Reflect.apply(value, target, given) as unknown);
    },
  });
}

/** The items of every element for which `list` does not throw: one declaration that fails does not cost the others theirs. */
export const eachContained = <T, R>(what: string, elements: readonly T[], list: (element: T) => readonly R[]): R[] =>
  elements.flatMap((element) => (orNothing(what, () => list(element)) as readonly R[] | undefined) ?? []);

function orNothing(what: string, ask: () => unknown): unknown {
  try {
    const answer = ask();
    return answer instanceof Promise ? answer.catch((error: unknown) => tell(what, error)) : answer;
  } catch (error) {
    return tell(what, error);
  }
}

/** The console is the connection's log (`server.ts`). */
function tell(what: string, error: unknown): undefined {
  if (isOperationCancelled(error) || isResponse(error)) throw error;
  console.error(`MLSpec made a mistake of its own (${what}); please report it:`, error);
  return undefined;
}

/** Meant for the client, such as the refusal of a rename. */
const isResponse = (error: unknown): boolean => error instanceof ResponseError;
