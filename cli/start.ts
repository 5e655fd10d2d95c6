/** `mlspec`: the headless face of everything that the editor can do. */
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { errorReport, exit, exitCodeOf, tellError } from "./exit.ts";
import { failureFor, readerOf, usageReport } from "./machine.ts";
import { takeColor } from "./color.ts";
import { endWithStarter } from "./right-node.ts";
import { processTerminal } from "./terminal.ts";

endWithStarter();

const [node = "", program = "", ...args] = process.argv;
const { choice, rest } = takeColor(args);
const terminal = processTerminal(choice);
const interruption = new AbortController();

/** The first Ctrl-C asks the work to stop and keep what it has; the second does not wait. */
const interrupt = (): void => {
  if (interruption.signal.aborted) process.exit(exit.interrupted);
  interruption.abort();
};
/**
 * Only a command that has something to put in order listens, from when it asks for this: a handler runs when the event loop is free, and a busy
 * compilation would not hear it. Whoever only computes dies of the signal at once, as the system has it.
 */
const listening = (): AbortSignal => {
  if (process.listenerCount("SIGINT", interrupt) === 0) process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return interruption.signal;
};

try {
  let code: number = exit.ok;
  await createProgram(terminal, listening, (result) => (code = result)).parseAsync([node, program, ...rest]);
  process.exitCode = code;
} catch (error) {
  const reader = readerOf(rest);
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exit.ok : exit.broken;
    if (error.exitCode !== 0) terminal.out(failureFor(reader, usageReport(error)));
  } else {
    terminal.out(failureFor(reader, errorReport(error)));
    tellError(terminal, error);
    process.exitCode = exitCodeOf(error);
  }
}
// Native modules may hold worker threads; everything that matters is written by now, or it is known that it was not: an error is told after the write.
process.stdout.write("", () => setImmediate(() => {
  if (terminal.outputLost()) process.exitCode = exit.broken;
  process.exit();
}));
