/** The world as a command sees it; tests pass their own. */
import { fstatSync, writeSync } from "node:fs";
import pc from "picocolors";
import { isColored, type ColorChoice } from "./color.ts";
import { messageOf } from "../runtime/errors.ts";
import { exit } from "./exit-codes.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person is looking: colours and progress bars are welcome. */
  readonly interactive: boolean;
  /** Of a line of standard output; without end where that is no screen: what reads it breaks no lines. */
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

export function processTerminal(color: ColorChoice = "auto"): ProcessTerminal {
  const { outlive, fail, lost } = stayWithReaders();
  // A bar is drawn over and over in its place, which a dumb terminal and a build's log cannot.
  const interactive = process.stderr.isTTY && process.env["CI"] === undefined && process.env["TERM"] !== "dumb";
  // `isTTY` is undefined of a pipe, whatever its type says, and picocolors takes undefined for "see for yourself": it colours wherever CI is set.
  const drawnOn = ({ isTTY, columns }: NodeJS.WriteStream): Pick<Terminal, "columns" | "colors"> =>
    ({ columns: columns || Infinity, colors: pc.createColors(isColored(color, Boolean(isTTY), process.env)) });
  return {
    out: isFile(OUT) ? (text) => writeWhole(text, fail) : (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    ...drawnOn(process.stdout),
    standardError: drawnOn(process.stderr),
    outliveReader: outlive,
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
    outputLost: lost,
  };
}

export interface ProcessTerminal extends Terminal {
  /** Some of the output could not be written, which was told. */
  readonly outputLost: () => boolean;
}

const OUT = 1;

/** Or a device; not a pipe, and not what people look at. */
function isFile(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() || (stat.isCharacterDevice() && !process.stdout.isTTY);
  } catch {
    return false;
  }
}

/** Node's own stream takes a write that a nearly full disk cut short for a whole one. */
function writeWhole(text: string, fail: (error: NodeJS.ErrnoException) => void): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(OUT, bytes, done);
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
  }
}

/**
 * `mlspec … | head` closes the pipe early: for what merely prints that is the end, and no failure. Work that said so (the returned function) goes on
 * without a reader, as it does when its output goes to a disk that is full. What is lost otherwise is told, and fails the command when it ends.
 */
function stayWithReaders(): { readonly outlive: () => void; readonly fail: (error: NodeJS.ErrnoException) => void; readonly lost: () => boolean } {
  let [outlives, lost] = [false, false];
  const fail = (error: NodeJS.ErrnoException): void => {
    const gone = error.code === "EPIPE";
    if (!gone && !lost) process.stderr.write(`error[cannot-write]: the output cannot be written: ${messageOf(error)}\n  hint: Make room on the disk that it goes to, or send it elsewhere.\n`);
    lost ||= !gone;
    if (!outlives) process.exit(gone ? exit.ok : exit.broken);
  };
  process.stdout.on("error", fail);
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (!outlives) process.exit(error.code === "EPIPE" ? exit.ok : exit.broken);
  });
  return { outlive: () => (outlives = true), fail, lost: () => lost };
}
