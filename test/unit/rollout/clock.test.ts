import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { steadyTime, timeOf, wallOf } from "../../../runtime/rollout/clock.ts";

const hour = 3_600_000;
const day = 24 * hour;
const noon = 1_800_000_000_000;

/** A machine whose clock somebody sets. */
function machine(scale = 1, from = 0) {
  const real = { wall: noon, monotonic: 5_000 };
  const now = steadyTime({ scale, from, wall: () => real.wall, monotonic: () => real.monotonic });
  return {
    now,
    pass: (ms: number): void => {
      real.wall += ms;
      real.monotonic += ms;
    },
    set: (wall: number): void => {
      real.wall = wall;
    },
  };
}

describe("the time of a service", () => {
  test("is the system's", () => {
    const { now, pass } = machine();
    expect(now()).toBe(noon);
    pass(90_000);
    expect(now()).toBe(noon + 90_000);
  });

  test("goes on as before when the system's clock is set back, and is the system's again when that has come up", () => {
    const { now, pass, set } = machine();
    pass(hour);
    set(noon - 365 * day);
    expect(now()).toBe(noon + hour);
    pass(hour);
    expect(now()).toBe(noon + 2 * hour);
    set(noon + 3 * hour);
    expect(now()).toBe(noon + 3 * hour);
  });

  test("passes as many times as fast as it is told, from where it is told, whatever the system's clock is set to", () => {
    const { now, pass, set } = machine(300, noon + 9 * day);
    expect(now()).toBe(noon + 9 * day);
    pass(1_000);
    set(noon - day);
    pass(1_000);
    expect(now()).toBe(noon + 9 * day + 600_000);
  });

  test("begins with the system's clock where that is later", () => expect(machine(1, noon - day).now()).toBe(noon));

  test("never runs backwards, and no stretch of it is shorter than what passed", () => {
    const event = fc.oneof(fc.record({ pass: fc.integer({ min: 0, max: hour }) }), fc.record({ set: fc.integer({ min: -day, max: day }) }));
    fc.assert(fc.property(fc.constantFrom(1, 7, 300), fc.array(event, { maxLength: 40 }), (scale, events) => {
      const { now, pass, set } = machine(scale);
      for (const each of events) {
        const before = now();
        if ("set" in each) set(noon + each.set);
        else pass(each.pass);
        expect(now()).toBeGreaterThanOrEqual(before + ("pass" in each ? each.pass * scale : 0));
      }
    }));
  });
});

describe("the time of a service for who looks from outside", () => {
  const record = { at: noon + day, wall: noon, scale: 300, until: noon + day + 300_000 };

  test("is the system's where nothing else was written down, or that is later", () => {
    expect(timeOf(null, noon, true)).toBe(noon);
    expect(timeOf(record, noon + 2 * day, false)).toBe(noon + 2 * day);
  });

  test("is as the serving process has it, at most what that wrote down to be its own", () => {
    expect(timeOf(record, noon + 100, true)).toBe(noon + day + 30_000);
    expect(timeOf(record, noon + 10_000, true)).toBe(record.until);
    expect(timeOf(record, noon - hour, true)).toBe(record.at);
  });

  test("stands where the last process ended while none serves", () => expect(timeOf(record, noon + 100, false)).toBe(record.until));
});

describe("when by the system's clock something was written in a service's time", () => {
  const record = { at: noon + day, wall: noon, scale: 300, until: noon + day + 300_000 };

  test("is that time where nothing else was written down", () => expect(wallOf(null, noon)).toBe(noon));
  test("is told by what the serving process wrote down of its clock", () => {
    expect(wallOf(record, noon + day)).toBe(noon);
    expect(wallOf(record, noon + day + 30_000)).toBe(noon + 100);
    expect(wallOf(record, noon + day - 30_000)).toBe(noon - 100);
  });
  test("is that time again once the system's clock has come up: what was written down is then of another day", () => expect(wallOf(record, noon + 2 * day)).toBe(noon + 2 * day));
});
