/** `mlspec validate --watch`: validates again whenever a spec changes, until a signal ends the process: nothing needs to be put in order. */
import { watch as watchFiles } from "chokidar";
import { messageOf } from "../../runtime/errors.ts";
import { onStandardError, type Terminal } from "../terminal.ts";

/** Editors write a file in several steps; what comes within this time is one change. */
const SETTLE_MS = 80;

export async function watchSpecs(paths: readonly string[], terminal: Terminal, validateOnce: () => Promise<unknown>): Promise<never> {
  const watcher = watchFiles([...paths], { ignoreInitial: true, ignored: (path) => /[\\/](node_modules|\.mlspec|\.git)([\\/]|$)/.test(path) });
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const again = (path: string): void => {
    if (!path.endsWith(".mlspec")) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      queue = queue.then(() => {
        terminal.out(`\n${terminal.colors.dim(`── ${terminal.now().toISOString().slice(11, 19)}`)}\n`);
        return validateOnce();
      });
    }, SETTLE_MS);
  };
  watcher.on("all", (_event, path) => again(path));
  watcher.on("error", onceEach((problem) => terminal.err(`${onStandardError(terminal).colors.yellow("!")} not all is watched: ${problem}\n`)));
  return new Promise<never>(() => undefined);
}

/** A folder that links to itself, or that may not be read, is told of once; the rest is watched. */
function onceEach(tell: (problem: string) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const problem = messageOf(error);
    if (!told.has(problem)) tell(problem);
    told.add(problem);
  };
}
