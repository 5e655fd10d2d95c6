import type { RunWarning } from "../codes.ts";

/** Of what was read and is likely not as it was meant. */
export interface SourceWarning {
  readonly code: RunWarning;
  readonly text: string;
}
