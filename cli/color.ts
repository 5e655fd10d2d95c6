/**
 * Whether to colour. `--color` has the last word; then FORCE_COLOR (https://force-color.org, `0` and `false` say no) and NO_COLOR (https://no-color.org);
 * then it is a matter of who reads. CI says nothing: what a build prints lands in files, too.
 */
export const colorChoices = ["auto", "always", "never"] as const;
export type ColorChoice = (typeof colorChoices)[number];

export function isColored(choice: ColorChoice, isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (choice !== "auto") return choice === "always";
  const { FORCE_COLOR: forced, NO_COLOR: no, TERM: kind } = env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTerminal && !no && kind !== "dumb";
}

const isChoice = (word: string | undefined): word is ColorChoice => colorChoices.some((choice) => choice === word);

/**
 * Takes the option out of the arguments, wherever it stands: bare `--color` would otherwise take a path for its value. A value that it does not have
 * stays, to be refused.
 */
export function takeColor(args: readonly string[]): { readonly choice: ColorChoice; readonly rest: readonly string[] } {
  let choice: ColorChoice = "auto";
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--") return { choice, rest: [...rest, ...args.slice(i)] };
    const value = word.startsWith("--color=") ? word.slice("--color=".length) : undefined;
    const next = args[i + 1];
    if (word === "--no-color") choice = "never";
    else if (word === "--color" && isChoice(next)) [choice, i] = [next, i + 1];
    else if (word === "--color") choice = "always";
    else if (isChoice(value)) choice = value;
    else rest.push(word);
  }
  return { choice, rest };
}
