/** The world as a command sees it; tests pass their own. */
import pc from "picocolors";
import { isColored, type ColorChoice } from "./color.ts";
import { exit } from "./exit-codes.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person is looking: colours and progress bars are welcome. */
  readonly interactive: boolean;
  /** Of a line of standard output. */
  readonly columns: number;
  readonly colors: ReturnType<typeof pc.createColors>;
  /** What differs where standard error is written: `onStandardError` puts it in place. */
  readonly standardError?: Pick<Terminal, "columns" | "colors">;
  readonly cwd: string;
  /** From now on the work goes on when nobody reads the output any more: it is more than printing. */
  readonly outliveReader: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

/** The terminal for who draws what goes to standard error: one of the two may be a file. */
export const onStandardError = (terminal: Terminal): Terminal => ({ ...terminal, ...terminal.standardError });

export function processTerminal(color: ColorChoice = "auto"): Terminal {
  const outlive = stayWithReaders();
  // A bar is drawn over and over in its place, which a dumb terminal and a build's log cannot.
  const interactive = process.stderr.isTTY && process.env["CI"] === undefined && process.env["TERM"] !== "dumb";
  // `isTTY` is undefined of a pipe, whatever its type says, and picocolors takes undefined for "see for yourself": it colours wherever CI is set.
  const drawnOn = ({ isTTY, columns }: NodeJS.WriteStream): Pick<Terminal, "columns" | "colors"> =>
    ({ columns: columns ?? 100, colors: pc.createColors(isColored(color, Boolean(isTTY), process.env)) });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    ...drawnOn(process.stdout),
    standardError: drawnOn(process.stderr),
    outliveReader: outlive,
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
  };
}

/**
 * `mlspec … | head` closes the pipe early: for what merely prints that is the end, and no failure. Work that said so (the returned function) goes on
 * without a reader, as it does when its output goes to a disk that is full.
 */
function stayWithReaders(): () => void {
  let outlives = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!outlives) process.exit(error.code === "EPIPE" ? exit.ok : exit.broken);
    });
  }
  return () => (outlives = true);
}
