import { afterEach, describe, expect, it, vi } from "vitest";
import { ArrivalClock } from "../../../runtime/serving/arrival.ts";

afterEach(() => { vi.useRealTimers(); });

/** A loop that sleeps and is held up as the test says. */
function loop() {
  vi.useFakeTimers({ toFake: ["setInterval", "setImmediate", "clearInterval", "clearImmediate"] });
  const time = { now: 1_000, idle: 0 };
  const clock = new ArrivalClock(() => time.now, () => time.idle);
  return {
    clock,
    sleep: (ms: number) => { time.now += ms; time.idle += ms; },
    hold: (ms: number) => { time.now += ms; },
    /** The end of a round: sockets were read. */
    round: () => { vi.runOnlyPendingTimers(); },
  };
}

describe("when a request came", () => {
  it("is now, when the loop slept until it came", () => {
    const { clock, sleep } = loop();
    sleep(5);
    expect(clock.earliest()).toBe(1_005);
  });

  it("is when the loop looked at its sockets last, when it had work since", () => {
    const { clock, sleep, hold, round } = loop();
    sleep(5);
    clock.earliest();
    hold(300);
    round();
    hold(200);
    expect(clock.earliest()).toBe(1_005);
  });

  it("is the same for all that are found in one round", () => {
    const { clock, sleep, hold } = loop();
    sleep(2);
    const first = clock.earliest();
    hold(50);
    expect(clock.earliest()).toBe(first);
  });

  it("is when the loop should have beaten, when something held it up after it had slept", () => {
    const { clock, sleep, hold } = loop();
    sleep(5);
    hold(600);
    expect(clock.earliest()).toBe(1_010);
  });
});
