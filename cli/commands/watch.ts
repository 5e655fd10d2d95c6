/** `mlspec validate --watch`: validates again whenever a spec changes, until a signal ends the process: nothing needs to be put in order. */
import { watch as watchFiles } from "chokidar";
import { existsSync } from "node:fs";
import { messageOf } from "../../runtime/errors.ts";
import { onStandardError, type Terminal } from "../terminal.ts";

/** Editors write a file in several steps; what comes within this time is one change. */
const SETTLE_MS = 80;
const LOOK_MS = 500;

export async function watchSpecs(paths: readonly string[], terminal: Terminal, validateOnce: () => Promise<unknown>): Promise<never> {
  const watcher = watchFiles([...paths], { ignoreInitial: true, ignored: (path) => /[\\/](node_modules|\.mlspec|\.git)([\\/]|$)/.test(path) });
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      queue = queue.then(() => {
        terminal.out(`\n${terminal.colors.dim(`── ${terminal.now().toISOString().slice(11, 19)}`)}\n`);
        return validateOnce();
      });
    }, SETTLE_MS);
  };
  watcher.on("all", (_event, path) => { if (path.endsWith(".mlspec")) again(); });
  const gone = new Set<string>();
  // It may be back before anybody looked.
  watcher.on("unlinkDir", (path) => { if (paths.includes(path)) gone.add(path); });
  watcher.on("error", onceEach((problem) => terminal.err(`${onStandardError(terminal).colors.yellow("!")} not all is watched: ${problem}\n`)));
  return followPaths(paths, gone, (path, there) => {
    if (there) watcher.unwatch(path).add(path);
    again();
  });
}

/** Of a folder that goes away the watcher hears nothing any more, nor does it keep the process alive: it is looked for until it is there again. */
function followPaths(paths: readonly string[], gone: Set<string>, onChange: (path: string, there: boolean) => void): Promise<never> {
  return new Promise<never>(() => {
    setInterval(() => {
      for (const path of paths) {
        if (existsSync(path)) {
          if (gone.delete(path)) onChange(path, true);
        } else if (!gone.has(path)) {
          gone.add(path);
          onChange(path, false);
        }
      }
    }, LOOK_MS);
  });
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
