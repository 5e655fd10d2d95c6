/** The predictions that outcomes most likely belong to: the newest ones, in memory. Older ones are found in the log's files. */
import type { Exposure } from "../rollout/exposure.ts";

export interface RecentPrediction {
  readonly exposure: Exposure | null;
  readonly unit: string | null;
  /** Labels whose outcome has come. */
  labels: readonly string[];
}

export class RecentPredictions {
  private readonly most: number;
  /** Two generations, so that forgetting costs nothing: the older one is dropped as a whole. */
  private young = new Map<string, RecentPrediction>();
  private old = new Map<string, RecentPrediction>();

  constructor(most: number) {
    this.most = most;
  }

  /** An id that comes again, tried again or taken from somebody else, stays the first one's, with the outcomes that it had: false then. */
  add(id: string, exposure: Exposure | null, unit: string | null): boolean {
    if (this.get(id) !== undefined) return false;
    if (this.young.size >= this.most / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(id, { exposure, unit, labels: [] });
    return true;
  }

  get(id: string): RecentPrediction | undefined {
    return this.young.get(id) ?? this.old.get(id);
  }
}
