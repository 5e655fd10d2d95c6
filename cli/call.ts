/** What a command is called with. */
import type { Terminal } from "./terminal.ts";

/** Options that every command with a runtime takes. */
export interface RuntimeOptions {
  readonly state?: string;
  readonly data?: string;
  readonly json?: boolean;
}

export interface Call<Options> {
  readonly options: Options;
  readonly terminal: Terminal;
  /** From when this is called, interruptions (SIGINT, SIGTERM) no longer end the process but abort the signal. For work that must be put in order. */
  readonly interruption: () => AbortSignal;
}
