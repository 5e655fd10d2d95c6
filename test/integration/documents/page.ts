/** A page of the documentation: its fences, the commands in its text, its links. All pure. */

export interface Fence {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** `not-run="why"`, `finds=code,code`, `exit=1` behind the language: no reader sees them. */
  readonly said: Readonly<Record<string, string>>;
  readonly text: string;
}

const opening = /^(```+)([a-z]*)(.*)\n([\s\S]*?)^\1$/gm;

export function fencesOf(page: string, text: string): readonly Fence[] {
  return [...text.matchAll(opening)].map((found) => ({
    page, language: found[2] ?? "", text: found[4] ?? "", said: attributesOf(found[3] ?? ""),
    line: text.slice(0, found.index).split("\n").length,
  }));
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/([a-z-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)].map(([, name = "", quoted, plain]) => [name, quoted ?? plain ?? ""]));
}

export const withoutFences = (text: string): string => text.replaceAll(opening, (fence) => fence.replaceAll(/[^\n]/g, ""));

/** Text between backticks outside of fences: what it says, and where. */
export function spansOf(text: string): readonly { readonly line: number; readonly text: string }[] {
  const prose = withoutFences(text);
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((found) => ({ line: prose.slice(0, found.index).split("\n").length, text: (found[1] ?? "").replaceAll("\\|", "|") }));
}

/** Every call of `mlspec` on a page: in shell fences, and between backticks. */
export function callsOf(text: string): readonly string[] {
  const shells = fencesOf("", text).filter((fence) => isShell(fence) || ["yaml", "ini", "text"].includes(fence.language)).flatMap((fence) => commandsOf(fence).split("\n"));
  const calls = [...shells.map((line) => line.replace(/\s#\s.*$/, "")), ...spansOf(text).map((span) => span.text)];
  return calls.flatMap((line) => [...line.matchAll(/(?:^|[;&|(]\s*|npm run -s mlspec -- |\s)(?:mlspec|npm run -s mlspec --) +((?:[^;&|)`#]|(?<=\S)\|(?=\S))*[^;&|)`#\s])/g)].map((found) => found[1] ?? ""));
}

export const isShell = (fence: Fence): boolean => ["sh", "bash", "console"].includes(fence.language);

/** The commands of a shell fence; of a console, where what is printed stands below each, those behind `$`. */
export function commandsOf({ language, text }: Fence): string {
  if (language !== "console") return text;
  return text.split("\n").filter((line) => line.startsWith("$ ")).map((line) => `${line.slice(2)}\n`).join("");
}

/** What a console shows. `…` stands for anything, of one line or more. */
export function shownIn({ text }: Fence): string {
  return text.split("\n").filter((line) => !line.startsWith("$ ")).join("\n").trim();
}

/** Does the output have all that is shown, in this order? Spaces at the ends of lines and their number do not count. */
export function isShown(shown: string, output: string): boolean {
  const plain = (line: string): string => line.trim().replaceAll(/\s+/g, " ");
  const pattern = shown.split("\n").map((line) => plain(line).split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join("[^]*?"));
  return new RegExp(`(^|\n)${pattern.join("\n")}(\n|$)`).test(output.split("\n").map(plain).join("\n"));
}

export interface Link {
  readonly line: number;
  readonly to: string;
}

export function linksOf(text: string): readonly Link[] {
  const prose = withoutFences(text);
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => ({ to: found[1] ?? "", line: prose.slice(0, found.index).split("\n").length }));
}

/** What a heading is called in a link, as GitHub makes it. */
export function anchorsOf(text: string): readonly string[] {
  return [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\- _]/gu, "").replaceAll(" ", "-"));
}

/**
 * How a shown answer differs from a real one in its keys and in what kinds of values they have. A list without elements, and null, say nothing about what would be in them. With `part` the real one may have
 * more than is shown.
 */
export function misshapen(shown: unknown, real: unknown, part = false, path = ""): readonly string[] {
  if (shown === null || real === null) return [];
  if (kindOf(shown) !== kindOf(real)) return [`${path} is shown as ${kindOf(shown)} and is ${kindOf(real)}`];
  if (Array.isArray(shown) && Array.isArray(real)) return shown.length === 0 || real.length === 0 ? [] : misshapen(shown[0], real[0], part, `${path}[]`);
  if (!isObject(shown) || !isObject(real)) return [];
  const [left, right] = [Object.keys(shown), Object.keys(real)];
  return [
    ...left.filter((key) => !right.includes(key)).map((key) => `${path}.${key} is shown and not there`),
    ...right.filter((key) => !part && !left.includes(key)).map((key) => `${path}.${key} is there and not shown`),
    ...left.filter((key) => right.includes(key)).flatMap((key) => misshapen(shown[key], real[key], part, `${path}.${key}`)),
  ];
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);

/** The last JSON that a program printed: all of it, or from some line to the end. */
export function lastJson(output: string): unknown {
  const lines = output.trimEnd().split("\n");
  for (const from of [0, ...lines.keys()].toReversed()) {
    if (!/^\s*[[{]/.test(lines[from] ?? "")) continue;
    try {
      return JSON.parse(lines.slice(from).join("\n"));
    } catch {
      continue;
    }
  }
  throw new Error(`there is no JSON in\n${output}`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
