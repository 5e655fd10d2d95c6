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
