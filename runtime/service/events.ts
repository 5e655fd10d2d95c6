/** The fallback answers in place of a version that is live. */
export interface StandsIn {
  readonly for: string;
  readonly why: string;
}

/** What `mlspec serve --events ndjson` prints. */
export type ServeEvent =
  /** `live`: the live version, if it answers; null: the fallback does, since no version is live or, as `standsIn` says, since it cannot be loaded. `tokenFile`: where the token for outcomes is kept; null when it came by the environment. */
  | { readonly type: "listening"; readonly url: string; readonly service: string; readonly live: string | null; readonly standsIn: StandsIn | null; readonly tokenFile: string | null }
  | { readonly type: "rollout-moved"; readonly rollout: string; readonly state: string; readonly stage: string | null; readonly reason: string }
  | { readonly type: "message"; readonly level: "info" | "warning"; readonly text: string }
  | { readonly type: "stopped"; readonly requests: number };
