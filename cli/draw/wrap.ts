/** Text on a screen: how wide it is, and broken between words where a line ends. */
const color = /\u001b\[[0-9;]*m/g;
/** Scripts and pictures that take two columns of a terminal (East Asian Width W and F). */
const wide = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const without = /\p{Mn}|\u200B|\u200D|\uFE0F/u;

const columnsOf = (character: string): number => (without.test(character) ? 0 : wide.test(character) ? 2 : 1);
/** Columns on the screen, without colour codes. */
export const widthOf = (text: string): number => [...text.replace(color, "")].reduce((sum, character) => sum + columnsOf(character), 0);

/** Whatever is open: the beginning of the next line opens it again. */
const reset = "\u001b[0m";
const closes = (code: string): boolean => /\[(0|22|23|24|39|49)?m$/.test(code);

/** Lines of at most `width` columns. A word that is longer is cut; colours go on past a break. */
export function wrapped(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let [line, used, space, open] = ["", 0, "", ""];
  const end = (): void => {
    lines.push(open === "" ? line : line + reset);
    [line, used, space] = [open, 0, ""];
  };
  for (const token of text.match(/\u001b\[[0-9;]*m|\s+|[^\s\u001b]+/g) ?? []) {
    if (token.startsWith("\u001b")) {
      line += token;
      open = closes(token) ? "" : open + token;
    } else if (/^\s/.test(token)) space = token.replaceAll(/\s/g, " ");
    else {
      if (used > 0 && used + space.length + widthOf(token) > width) end();
      if (used > 0) [line, used] = [line + space, used + space.length];
      for (const character of token) {
        if (used + columnsOf(character) > width) end();
        [line, used] = [line + character, used + columnsOf(character)];
      }
      space = "";
    }
  }
  return [...lines, line];
}

/** A text of several lines, each broken where the screen ends and going on `hang` columns to the right of where it began. */
export function flowed(text: string, columns: number, hang = 2): string {
  return text.split("\n").map((line) => {
    if (widthOf(line) <= columns) return line;
    const indent = /^ */.exec(line)?.[0] ?? "";
    const inner = " ".repeat(indent.length + hang);
    const [first = "", ...rest] = wrapped(line.slice(indent.length), Math.max(8, columns - inner.length));
    return [indent + first, ...rest.map((each) => inner + each)].join("\n");
  }).join("\n");
}

/** A call of a command that can be copied from a narrow screen: a shell reads on behind `\\` at a line's end. */
export function shellLines(call: string, columns: number, indent = 2): string {
  const continued = " \\";
  const [first = "", ...rest] = wrapped(call, Math.max(8, columns - 2 * indent - continued.length));
  return [" ".repeat(indent) + first, ...rest.map((line) => " ".repeat(2 * indent) + line)].join(`${continued}\n`);
}
