import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { longestPieceMs, Turns } from "../../../runtime/serving/turns.ts";

let now: number;
let turns: Turns;
/** Rounds of the event loop so far. */
let rounds: number;
let counting: NodeJS.Immediate;
const done: { readonly name: string; readonly round: number }[] = [];

beforeEach(() => {
  [now, rounds] = [0, 0];
  done.length = 0;
  turns = new Turns(() => now);
  const count = (): void => {
    rounds++;
    counting = setImmediate(count);
  };
  counting = setImmediate(count);
});
afterEach(() => { clearImmediate(counting); });

/** Work of so many milliseconds, in several steps as an async function has them. */
async function work(name: string, turn: Promise<void>, ms: number): Promise<void> {
  await turn;
  await Promise.resolve();
  done.push({ name, round: rounds });
  await Promise.resolve();
  now += ms;
}

const names = (): string[] => done.map(({ name }) => name);
const roundsOf = (): number => new Set(done.map(({ round }) => round)).size;

describe("turns", () => {
  it("give short work one round together, as much of it as fits into a slice", async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => work(String(i), turns.next(), 0.5)));
    expect(names()).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
    expect(roundsOf()).toBe(Math.ceil(100 / (longestPieceMs / 0.5 + 1)));
  });

  it("give long work a round of its own, and look at the sockets in between", async () => {
    await Promise.all(Array.from({ length: 5 }, (_, i) => work(String(i), turns.next(), longestPieceMs + 1)));
    expect(roundsOf()).toBe(5);
  });

  it("end what is begun before they begin more", async () => {
    const begin = async (name: string): Promise<void> => {
      await work(`${name} begins`, turns.next(), 3);
      await work(`${name} ends`, turns.soon(), 3);
    };
    await Promise.all(["a", "b", "c"].map(begin));
    expect(names()).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("give the model one run in a round, for all who came in the round before, and go on beside it", async () => {
    const all = [work("run", turns.run(), 1), work("another run", turns.run(), 1), ...["a", "b", "c", "d", "e"].map((name) => work(name, turns.next(), 2))];
    await Promise.all(all);
    expect(names().slice(0, 2)).toEqual(["run", "a"]);
    expect(names().indexOf("another run")).toBeGreaterThan(1);
    expect(names().indexOf("another run")).toBeLessThan(6);
  });

  it("leave what is nobody's answer until nobody waits", async () => {
    const beside = work("beside", turns.whenIdle(), 1);
    const asked = ["a", "b", "c", "d"].map((name) => work(name, turns.next(), longestPieceMs));
    await Promise.all([beside, ...asked, work("run", turns.run(), 1)]);
    expect(names().at(-1)).toBe("beside");
  });

  it("let a long loop rest between its steps", async () => {
    const pace = turns.pace();
    let steps = 0;
    const long = pace.each(160, () => { steps++; now += 1; });
    const between: number[] = [];
    const other = (async () => { for (let i = 0; i < 5; i++) { await turns.next(); between.push(steps); now += longestPieceMs + 1; } })();
    await Promise.all([long, other]);
    expect(new Set(between).size).toBe(5);
  });
});
