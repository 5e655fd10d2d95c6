/** The world as a command sees it; tests pass their own. */
import pc from "picocolors";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person is looking: colours and progress bars are welcome. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

/** NO_COLOR and FORCE_COLOR are respected (https://no-color.org), as are pipes. */
export function processTerminal(): Terminal {
  const interactive = process.stderr.isTTY && process.env["CI"] === undefined;
  const colored = process.env["FORCE_COLOR"] !== undefined || (process.stdout.isTTY && process.env["NO_COLOR"] === undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    columns: process.stderr.columns ?? 100,
    colors: pc.createColors(colored),
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
  };
}
