import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Admission } from "../../../runtime/serving/admission.ts";
import type { Held } from "../../../runtime/serving/admission.ts";

const limits = { requests: 10, rows: 100, bytes: 1000 };

describe("what may be under way", () => {
  it("a request takes at most half of what is left, so small ones get in when large ones do not", () => {
    const admission = new Admission(limits);
    const held = admission.begin(500);
    admission.take(held, "bytes", 500);
    expect(() => admission.begin(300)).toThrow(expect.objectContaining({ code: "too-much-in-flight", status: 429 }));
    admission.take(admission.begin(200), "bytes", 200);
    admission.take(held, "rows", 50);
    expect(() => { admission.take(held, "rows", 30); }).toThrow(expect.objectContaining({ code: "too-much-in-flight" }));
    admission.release(held);
    admission.release(held);
    expect(admission.now()).toEqual({ requests: 1, rows: 0, bytes: 200 });
  });

  it("what is declared takes no room, and what comes in pieces gets no more than what comes at once", () => {
    const admission = new Admission(limits);
    const held = Array.from({ length: 5 }, () => admission.begin(500));
    expect(admission.now()).toEqual({ requests: 5, rows: 0, bytes: 0 });
    const [first] = held as [Held];
    admission.take(first, "bytes", 400);
    admission.take(first, "bytes", 100);
    expect(() => { admission.take(first, "bytes", 1); }).toThrow(expect.objectContaining({ code: "too-much-in-flight" }));
    expect(admission.now().bytes).toBe(500);
  });

  it("never exceeds the limits, and everything is given back", () => {
    const step = fc.oneof(fc.record({ begin: fc.nat(900) }), fc.record({ rows: fc.nat(80), of: fc.nat() }), fc.record({ release: fc.nat() }));
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const admission = new Admission(limits);
      const all: Held[] = [];
      for (const each of steps) {
        try {
          if ("begin" in each) {
            all.push(admission.begin(each.begin));
            admission.take(all.at(-1) as Held, "bytes", each.begin);
          } else if ("of" in each && all.length > 0) admission.take(all[each.of % all.length] as Held, "rows", each.rows);
          else if ("release" in each && all.length > 0) admission.release(all[each.release % all.length] as Held);
        } catch (error) {
          expect(error).toMatchObject({ code: "too-much-in-flight" });
        }
        const now = admission.now();
        for (const what of ["requests", "rows", "bytes"] as const) expect(now[what]).toBeLessThanOrEqual(limits[what]);
      }
      all.forEach((held) => { admission.release(held); });
      expect(admission.now()).toEqual({ requests: 0, rows: 0, bytes: 0 });
    }));
  });
});
