/** What `init --json` says. */
import type { Draft } from "../language-server/draft/draft.ts";
import type { Candidate } from "../language-server/draft/roles.ts";

export interface InitReport {
  readonly spec: string;
  readonly data: string;
  readonly rows: number;
  readonly label: { readonly column: string; readonly task: Candidate["task"]; readonly why: string };
  /** Other columns that could be it, the likeliest first. */
  readonly otherLabels: readonly string[];
  readonly time: string | null;
  readonly missing: readonly string[];
  readonly leftOut: Draft["left"];
  readonly notRead: readonly string[];
  /** What `validate` has to say of the spec: 0, unless MLSpec guessed badly. */
  readonly findings: number;
}
