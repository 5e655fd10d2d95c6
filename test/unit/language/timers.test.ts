/** Durations that a timer waits for when a service runs are within what is meant by them, and within what timers can. */
import { describe, test } from "vitest";
import { check, shop } from "./harness.ts";

const service = (line: string) => `${shop}\nservice s {\n  model: ranker\n  ${line}\n}`;
const view = (line: string) => `${shop}\nfeatures f for product {\n  from: sales\n  n = count() over 7d\n  ${line}\n}`;

describe("a duration that a service waits for", () => {
  test.each([
    [service("timeout: «30d» //~ out-of-range: `timeout` must be at most 1h, but this is 30d")],
    [service("timeout: «1e9y» //~ out-of-range: `timeout` must be at most 1h")],
    [service("timeout: 1h")],
    [service("log: predictions(flush: «30d») //~ out-of-range: must be at most 1d, but this is 30d")],
    [service("log: predictions(flush: 24h)")],
    [view("refresh: «30d» //~ out-of-range: `refresh` must be at most 24d, but this is 30d")],
    [view("refresh: 24d")],
  ])("%#", (text) => check(text));
});
