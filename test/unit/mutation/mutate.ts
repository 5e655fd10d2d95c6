/** What fingers and tools do to a spec: tokens lost, doubled, swapped, cut off after, put in between, and numbers nobody means. */

/** Seeded (mulberry32): the same seed gives the same specs. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/\/\/.*|"(?:\\.|[^"\n])*"|[A-Za-z_]\w*|[0-9][\w.%]*|->|\.\.|[<>=!]=|\S/g)]
    .filter((m) => !m[0].startsWith("//")).map((m) => ({ text: m[0], from: m.index, to: m.index + m[0].length }));
}

const inserted = [
  "or", "and", "not", "in", "not in", "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "..", ".", ":", "=", ",", ";", "->", "@", "?",
  "(", ")", "[", "]", "{", "}", "\"", "/*", "*/", "//", "///", "'", "#", "&", "\\", "\u0000", "é", "if", "then", "else", "where", "by", "per", "over", "before", "from",
  "require", "deny", "columns", "columns {", "request {", "request", "import", "import \"\"", "true", "false", "null", "stage", "fallback", "baseline", "slice",
  "source", "entity", "features", "label", "dataset", "model", "evaluation", "service", "slo", "rollout", "policy", "role", "builtin", "\nbuiltin metric x",
  "count()", "sum(", "exists(", "same(", "rate(", "approval(", "share(", "csv(", "one_hot(", "mlp(", "gpu(", "coalesce()", "toString", "constructor", "__proto__", "hasOwnProperty",
  "inputs", "current", "control", "0", "1", "-1", "\"\"", "[]", "()", "{}", "x = ", "x:", "a b c",
] as const;

const numbers = [
  "0", "0ms", "0d", "0%", "0 / 1d", "1 / 0d", "1 / 0", "-1", "-1d", "1e999", "1e999d", "1e308", "1e308y", "1e-999", "-1e999", "9999999999999999999y", "99999999999999999999", "9007199254740993",
  "1e300 * 1e300", "1e300d * 1e300", "1e300 ^ 2", "0 / 0", "0 % 0", "1 % 0", "0d / 0d", "1e308 + 1e308", "(-8) ^ 0.5", "1e308 / 1d", "1e999 / 1d", "100%", "101%", "1e999%", "0.1ms", "1e-30d", "1e308TB", "1k", "1e300G", "64MB",
  "2026-13-45", "2026-02-30", "9999-12-31", "0000-01-01", "2026-11-27T99:99", "1..0", "0..0", "-1d..-2d", "0d..0d", "1e999..1", "1d..1e999d",
] as const;

export type Mutation = (text: string, tokens: readonly Token[], pick: (below: number) => number) => string;

const one = (tokens: readonly Token[], pick: (below: number) => number): Token => tokens[pick(tokens.length)] ?? { text: "", from: 0, to: 0 };
const from = <T>(list: readonly T[], pick: (below: number) => number): T => list[pick(list.length)]!;
const replace = (text: string, { from: start, to }: Token, by: string): string => text.slice(0, start) + by + text.slice(to);

const mutations: readonly Mutation[] = [
  /** Lost. */
  (text, tokens, pick) => replace(text, one(tokens, pick), ""),
  /** Doubled. */
  (text, tokens, pick) => {
    const token = one(tokens, pick);
    return replace(text, token, `${token.text} ${token.text}`);
  },
  /** Swapped with the next. */
  (text, tokens, pick) => {
    const i = pick(Math.max(1, tokens.length - 1));
    const [a, b] = [tokens[i], tokens[i + 1]];
    return a === undefined || b === undefined ? text : text.slice(0, a.from) + b.text + text.slice(a.to, b.from) + a.text + text.slice(b.to);
  },
  /** Cut off behind it. */
  (text, tokens, pick) => text.slice(0, one(tokens, pick).to),
  /** Something before it. */
  (text, tokens, pick) => {
    const token = one(tokens, pick);
    return replace(text, token, `${from(inserted, pick)} ${token.text}`);
  },
  /** Something in its place. */
  (text, tokens, pick) => replace(text, one(tokens, pick), from(inserted, pick)),
  /** Another token of the same file in its place: types, kinds and names that do not belong. */
  (text, tokens, pick) => replace(text, one(tokens, pick), one(tokens, pick).text),
  /** A number nobody means, where a number or a name stands. */
  (text, tokens, pick) => {
    const values = tokens.filter((t) => /^[0-9]/.test(t.text));
    return replace(text, one(values.length > 0 ? values : tokens, pick), from(numbers, pick));
  },
  /** Such a number where anything stands. */
  (text, tokens, pick) => replace(text, one(tokens, pick), from(numbers, pick)),
  /** A whole line lost. */
  (text, _tokens, pick) => {
    const lines = text.split("\n");
    lines.splice(pick(lines.length), 1);
    return lines.join("\n");
  },
  /** A whole line doubled elsewhere. */
  (text, _tokens, pick) => {
    const lines = text.split("\n");
    lines.splice(pick(lines.length), 0, from(lines, pick));
    return lines.join("\n");
  },
];

/** One to three mutations of one spec, one after the other. */
export function mutated(corpus: readonly string[], pick: (below: number) => number): string {
  let text = from(corpus, pick);
  for (let left = [1, 1, 1, 2, 3][pick(5)] ?? 1; left > 0; left--) text = from(mutations, pick)(text, tokensOf(text), pick);
  return text;
}

/** What no message may contain: what a program says when it has lost its place. */
const forbidden = /\bundefined\b|\bNaN\b|\[object |\bInfinity\b|[^`"\w]null[^`"\w]?is not|\bfunction \w*\(|cst|\$type/;

/** The names that a spec itself brings are no words of ours. */
export function wordsOfAProgram(message: string): string | undefined {
  return forbidden.exec(message)?.[0];
}
