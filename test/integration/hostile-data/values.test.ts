import { expect } from "vitest";
import { holds, hostile, refused, scores, warned } from "./table.ts";
import { noise, small, table } from "./small.ts";

const line = (u: () => number): [number, number] => { const x = noise(u); return [x, 3 * x + 1 + noise(u) / 10]; };
const ints = small({ columns: "id: int, x: float, y: float", features: "[rows.x]" });
const withId = (id: (i: number) => string): string => table("id,x,y", 400, (i, u) => [id(i), ...line(u)]);

hostile("numbers in texts", [
  { tried: "1_000 as an int", spec: ints, files: { "data.csv": withId((i) => (i === 7 ? "1_000" : String(i))) }, then: refused("data-type-mismatch", /1_000/) },
  { tried: "1_000 as a float", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": `${table("x,y", 300, (_, u) => line(u))}1_000,1\n` }, then: refused("data-type-mismatch", /1_000/) },
  { tried: "9007199254740993.5 as an int", spec: ints, files: { "data.csv": withId((i) => (i === 7 ? "9007199254740993.5" : String(i))) }, then: refused("data-type-mismatch", /9007199254740993\.5/) },
  { tried: "2^64 as an int", spec: ints, files: { "data.csv": withId((i) => (i === 7 ? "18446744073709551616" : String(i))) }, then: refused("data-type-mismatch") },
  ...["1.0", "+5", "1e3", "1.5e3", "9007199254740993.0", "-9223372036854775808"].map((text) => ({ tried: `${text} as an int`, spec: ints, files: { "data.csv": withId((i) => (i === 7 ? text : String(i))) }, then: scores("r2", 0.99, 1) })),
  { tried: "1.5e0 as an int", spec: ints, files: { "data.csv": withId((i) => (i === 7 ? "1.5e0" : String(i))) }, then: refused("data-type-mismatch", /1\.5e0/) },
]);

const places = small({ columns: "place: string, id: int, y: float", features: "[rows.place]" });
const byPlace = (place: (i: number) => string): string => table("place,id,y", 400, (i) => [place(i), i, i % 2]);

hostile("spaces around texts", [
  { tried: "a text with and without a space", spec: places, files: { "data.csv": byPlace((i) => (i % 2 ? "Bonn" : "Bonn ")) }, then: warned("texts-in-spaces", /place.*200 rows/) },
  { tried: "a space behind each comma", spec: places, files: { "data.csv": byPlace((i) => (i % 2 ? "Bonn" : "Kiel")).replaceAll(",", ", ") }, then: holds("no warning", ({ code, out, err }) => { expect(code, out + err).toBe(0); expect(out).not.toContain("texts-in-spaces"); }) },
  { tried: "JSON with a space in a text", spec: small({ columns: "place: string, id: int, y: float", features: "[rows.place]", read: 'json("data.json")' }), files: { "data.json": JSON.stringify(Array.from({ length: 400 }, (_, i) => ({ place: i % 2 ? "Bonn" : "Bonn ", id: i, y: i % 2 }))) }, then: warned("texts-in-spaces", /200 rows/) },
]);
