import { expect } from "vitest";
import { both, holds, hostile, mlspec, warned, type Outcome } from "./table.ts";
import { noise, small, table } from "./small.ts";

// Shares that nobody gets, and what a spec is warned of while it runs.
const grouped = (by: string): string => small({ columns: "x: float, shop: string, y: float" }).replace("by_hash(train", `${by}train`);
const rows = (shopOf: (i: number) => string): string => table("x,shop,y", 1000, (i, u) => { const x = noise(u); return [x, shopOf(i), 2 * x + noise(u) / 10]; });
const silent: Outcome = holds("no word of it", ({ code, out, err }) => { expect(code, out + err).toBe(0); expect(out).not.toContain("shares-missed"); });
const again: Outcome = holds("told again by the next run", async ({ folder }) => expect((await mlspec(folder, "run", "spec.mlspec", "--json")).out).toMatch(/shares-missed[^]*"skipped"/));
const lopsided = (i: number): string => (i % 10 < 6 ? "one" : `s${i % 29}`);

hostile("shares of a split", [
  { tried: "by_group, with one shop of most rows", spec: grouped("by_group(shop, "), files: { "data.csv": rows(lopsided) }, then: both(warned("shares-missed", /70% train, 10% validate, 20% test were asked for/, /Groups stay together/), again) },
  { tried: "by_hash of a column with one value of most rows", spec: grouped("by_hash(by: [shop], "), files: { "data.csv": rows(lopsided) }, then: warned("shares-missed", /came out\. Rows with the same values/) },
  { tried: "by_hash of the whole row", spec: grouped("by_hash("), files: { "data.csv": rows(lopsided) }, then: silent },
  { tried: "by_group, with as many shops as rows", spec: grouped("by_group(shop, "), files: { "data.csv": rows((i) => `s${i}`) }, then: silent },
]);

const unwatched = `${small({ columns: "x: float, y: float" })}service api { model: learner }\n`;
const plain = table("x,y", 500, (_, u) => { const x = noise(u); return [x, 2 * x]; });

hostile("warnings of the spec", [
  {
    tried: "a model without a gate, as JSON", spec: unwatched, files: { "data.csv": plain },
    then: holds("a problem event per warning", ({ code, events, err }) => {
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const told = events.filter((event) => event.type === "problem");
      expect(told.map((problem) => problem.code).toSorted()).toEqual(["no-evaluation-gate", "no-fallback"]);
      expect(told[0]).toMatchObject({ severity: "warning", text: expect.any(String) as string, file: expect.stringContaining("spec.mlspec") as string, line: expect.any(Number) as number });
    }),
  },
  {
    tried: "the same, for a person", spec: unwatched, files: { "data.csv": plain },
    then: holds("on stderr, once, with its line", async ({ folder }) => {
      const { code, out, err } = await mlspec(folder, "run", "spec.mlspec");
      expect(code).toBe(0);
      expect(err).toMatch(/warning\[no-fallback\][^]*service api[^]*2 warnings in 1 file/);
      expect(out).not.toContain("no-fallback");
    }),
  },
  { tried: "a spec without a warning", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": plain }, then: holds("nothing on stderr", async ({ folder }) => expect((await mlspec(folder, "run", "spec.mlspec")).err).toBe("")) },
]);
