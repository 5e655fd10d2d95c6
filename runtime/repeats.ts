/**
 * Trouble that goes on is told once and then ever more rarely, with how often it was: the 1st, the 10th, the 100th time and so on. A warning for each of
 * 66,600 requests says nothing that the first did not, and hides what else is said.
 */

export interface Repeats {
  /** Counts one more time; how often it has been by now when that is worth telling, else null. */
  count(what: string): number | null;
  /** It is over: how often it was (0: never). The next time is a first one again. */
  over(what: string): number;
}

/** What happens in more ways than this forgets the way that came first: texts may hold anything. */
const MOST_KINDS = 1_000;

export function createRepeats(most: number = MOST_KINDS): Repeats {
  const times = new Map<string, number>();
  return {
    count(what) {
      const now = (times.get(what) ?? 0) + 1;
      const [first] = times.keys();
      if (now === 1 && times.size >= most && first !== undefined) times.delete(first);
      times.set(what, now);
      return isPowerOfTen(now) ? now : null;
    },
    over(what) {
      const was = times.get(what) ?? 0;
      times.delete(what);
      return was;
    },
  };
}

/** Behind a message: nothing the first time, ` (1,000 times so far)` later. */
export function timesSoFar(times: number): string {
  return times === 1 ? "" : ` (${times.toLocaleString("en-US")} times so far)`;
}

function isPowerOfTen(count: number): boolean {
  let power = 1;
  while (power < count) power *= 10;
  return power === count;
}
