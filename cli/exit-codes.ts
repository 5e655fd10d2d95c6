/** What the exit code of a command says. */
export const exit = {
  ok: 0,
  /** The command ran and the answer is no: errors in the spec, a gate that failed, a contract that does not hold. */
  no: 1,
  /** The command could not run: bad arguments, a missing file, a port in use. */
  broken: 2,
  /** Interrupted (128 + SIGINT). */
  interrupted: 130,
} as const;

/** For people: the end of `--help`, and the table in docs/errors.md. */
export const exitMeanings: readonly (readonly [number, string])[] = [
  [exit.ok, "it was done, or the answer is yes"],
  [exit.no, "the answer is no: errors in the spec, a contract or gate that fails"],
  [exit.broken, "it could not be done: a wrong call, a missing file, a refusal"],
  [exit.interrupted, "it was interrupted; what is kept is whole"],
];
