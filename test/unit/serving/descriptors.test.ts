import { describe, expect, it } from "vitest";
import { limitIn, mostConnections } from "../../../runtime/serving/descriptors.ts";

const limits = (open: string): string => `Limit                     Soft Limit           Hard Limit           Units\nMax processes             63432                63432                processes\n${open}\nMax locked memory         8388608              8388608              bytes\n`;

describe("the limit on open files, as the system says it", () => {
  it.each([
    ["Max open files            1024                 1048576              files     ", 1024],
    ["Max open files            unlimited            unlimited            files     ", Infinity],
    ["Max open windows          1                    1                    files     ", null],
  ])("%s", (line, limit) => expect(limitIn(limits(line))).toBe(limit));
});

describe("connections that there is room for", () => {
  it.each([
    ["leave what is open, and room for files", { limit: 1024, open: 40 }, 920],
    ["are counted from the usual limit where the system does not say", { limit: null, open: null }, 896],
    ["are no more than memory is worth", { limit: Infinity, open: 40 }, 16_384],
    ["are at least one", { limit: 64, open: 40 }, 1],
  ])("%s", (_what, descriptors, most) => expect(mostConnections(descriptors)).toBe(most));
});
