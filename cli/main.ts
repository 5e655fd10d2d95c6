#!/usr/bin/env node
/** `mlspec`: the headless face of everything that the editor can do. */
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { exit, exitCodeOf, tellError } from "./exit.ts";
import { processTerminal } from "./terminal.ts";

const terminal = processTerminal();
const interruption = new AbortController();

/** The first Ctrl-C asks the work to stop and keep what it has; the second does not wait. */
const interrupt = (): void => {
  if (interruption.signal.aborted) process.exit(exit.interrupted);
  interruption.abort();
};
process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

try {
  let code: number = exit.ok;
  await createProgram(terminal, interruption.signal, (result) => (code = result)).parseAsync(process.argv);
  process.exitCode = code;
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.ok : exit.broken;
  else {
    tellError(terminal, error);
    process.exitCode = exitCodeOf(error);
  }
}
// Native modules may hold worker threads; everything that matters is written by now.
process.stdout.write("", () => process.exit());
