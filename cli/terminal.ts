/** The world as a command sees it; tests pass their own. */
import pc from "picocolors";
import { exit } from "./exit-codes.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person is looking: colours and progress bars are welcome. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly cwd: string;
  /** From now on the work goes on when nobody reads the output any more: it is more than printing. */
  readonly outliveReader: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

/** NO_COLOR and FORCE_COLOR are respected (https://no-color.org), as are pipes. */
export function processTerminal(): Terminal {
  const outlive = stayWithReaders();
  const interactive = process.stderr.isTTY && process.env["CI"] === undefined;
  const colored = process.env["FORCE_COLOR"] !== undefined || (process.stdout.isTTY && process.env["NO_COLOR"] === undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    columns: process.stderr.columns ?? 100,
    colors: pc.createColors(colored),
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
