import { expect } from "vitest";
import { both, holds, hostile, metricOf, refused, scores, warned, type Outcome, type Result } from "./table.ts";
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

const long = (label: string): string => small({ columns: "id: int, x: float", features: "[rows.x]", label, labelType: "bool" });
const longIds = table("id,x", 400, (i, u) => [["9007199254740992", "9007199254740993"][i % 2] as string, noise(u)]);

hostile("whole numbers in the spec", [
  { tried: "9007199254740993 in a label", spec: long("id == 9007199254740993"), files: { "data.csv": longIds }, then: refused("out-of-range", /9007199254740993/, /declare the column `string`/) },
  { tried: "9007199254741k in a label", spec: long("id < 9007199254741k"), files: { "data.csv": longIds }, then: refused("out-of-range") },
  { tried: "2^53 in a slice", spec: small({ columns: "id: int, x: float, y: float", evaluation: "slice odd = id in [9007199254740992, 9007199254740993]" }), files: { "data.csv": withId(String) }, then: refused("out-of-range") },
  { tried: "2^53 - 1 in a label", spec: long("id > 9007199254740991"), files: { "data.csv": longIds.replaceAll("740992", "740991") }, then: holds("as it was written", ({ events }) => {
    const data = events.find((event) => event.type === "stage-finished" && event.stage === "data");
    expect(data).toMatchObject({ summary: { "label mean": 0.5 } });
  }) },
  { tried: "a float of that size", spec: small({ columns: "x: float, y: float", label: "y > 1e17", labelType: "bool" }), files: { "data.csv": table("x,y", 300, (_, u) => [noise(u), noise(u) * 1e18]) }, then: holds("goes on", ({ code, out, err }) => expect(code, out + err).toBe(0)) },
]);

const sliced = small({ columns: "place: string?, x: float, y: float", evaluation: "slices: [rows.place], min_rows: 1", dataset: "", features: "[rows.x, rows.place]" });
const sliceNames = ({ events }: Result): string[] => events.flatMap((event) => (event.type === "evaluated" ? event.slices.flatMap(({ slice }) => (slice === null ? [] : [slice.value])) : [])).sort();
const slicesAre = (...names: readonly string[]): Outcome => holds(`slices ${names.join(", ")}`, (result) => { expect(sliceNames(result), result.out + result.err).toEqual([...names].sort()); });
const placed = (...names: readonly string[]): string => table("place,x,y", 900, (i, u) => [names[i % names.length] as string, ...line(u)]);
const people = "person: string?, x: float, y: float, grade: int";
const grouped = (dataset: string): string => small({ columns: people, dataset }).replace("by_hash(", "by_group(person, ");
const persons = table("person,x,y,grade", 900, (i, u) => [i % 3 === 0 ? "" : `p${i % 50}`, ...line(u), i]);
const shares: Outcome = holds("the parts have their shares", ({ events, out, err }) => {
  const data = events.find((event) => event.type === "stage-finished" && event.stage === "data");
  expect(data, out + err).toBeDefined();
  const { train = 0, validate = 0, test = 0 } = (data as { summary: Record<string, number> }).summary;
  expect(train).toBeGreaterThan(540);
  expect(validate).toBeGreaterThan(30);
  expect(test).toBeGreaterThan(90);
});

hostile("what is missing", [
  { tried: "null, the text missing and that text in quotes in a slice", spec: sliced, files: { "data.csv": placed("", "missing", '"""missing"""', "Bonn") }, then: slicesAre("missing", '"missing"', '""missing""', "Bonn") },
  { tried: "a third of the keys of by_group is null", spec: grouped(""), files: { "data.csv": persons }, then: both(warned("groups-unknown", /300 of 900 examples have no person/, /not is_null\(person\)/), shares) },
  { tried: "a third of the columns of by_hash is null", spec: grouped("").replace("by_group(person, ", "by_hash(by: person, "), files: { "data.csv": persons }, then: both(warned("groups-unknown", /300 of 900/), shares) },
  { tried: "keys of by_group that are null and left out", spec: grouped("").replace("examples: rows", "examples: rows where not is_null(person)"), files: { "data.csv": persons }, then: holds("no warning", ({ code, out, err }) => { expect(code, out + err).toBe(0); expect(out).not.toContain("groups-unknown"); }) },
]);

const yes = (evaluation: string, metrics = "[auc, log_loss]"): string => small({ columns: "x: float, y: bool", labelType: "bool", metrics, evaluation });
const yesNo = table("x,y", 800, (_, u) => { const x = noise(u); return [x, x + noise(u) / 4 > 0]; });
const weighed = (weight: string, evaluation = ""): string => small({ columns: "x: float, y: bool, day: date, kind: string", source: "time: day", labelType: "bool", dataset: `weight: ${weight}`, features: "[rows.x, rows.kind]", evaluation }).replace("by_hash(", "by_time(");
const weighty = table("x,y,day,kind", 800, (i, u) => { const x = noise(u); return [x, x + noise(u) / 4 > 0, `2024-${String(1 + Math.floor(i / 80)).padStart(2, "0")}-01`, i % 2 ? "old" : "new"]; });

hostile("baselines and weights", [
  { tried: "a baseline of 3.0 for yes or no", spec: yes("baseline sure = rows.x * 0 + 3.0\n  require log_loss <= sure.log_loss"), files: { "data.csv": yesNo }, then: refused("baseline-no-probability", /sure/, /log_loss/) },
  { tried: "a baseline of 3.0 for yes or no, of the order alone", spec: yes("baseline sure = rows.x + 3.0\n  require auc >= sure.auc - 0.1", "[auc]"), files: { "data.csv": yesNo }, then: scores("auc", 0.95, 1) },
  { tried: "a baseline of 1 for yes or no", spec: yes("baseline sure = rows.x * 0 + 1.0\n  require log_loss <= sure.log_loss"), files: { "data.csv": yesNo }, then: holds("its log loss is that of 1e-15", ({ events, out, err }) => {
    const evaluated = events.find((event) => event.type === "evaluated");
    expect(evaluated?.baselines[0]?.slices[0]?.metrics["log_loss"], out + err).toBeGreaterThan(10);
  }) },
  { tried: "all weights of the newest are zero", spec: weighed("if month(day) > 7 then 0 else 1"), files: { "data.csv": weighty }, then: refused("weight-invalid", /weigh nothing/) },
  {
    tried: "all weights of a slice are zero", spec: weighed('if kind == "old" then 0 else 1', "slices: [rows.kind]\n  require auc >= 0.5 by kind"), files: { "data.csv": weighty },
    then: both(scores("auc", 0.9, 1), holds("of old there is no AUC for want of weight", (result) => {
      expect(metricOf(result, "auc", "old")).toBeNull();
      const gate = result.events.flatMap((event) => (event.type === "evaluated" ? event.gates : [])).find(({ slice }) => slice === "kind = old");
      expect(gate).toMatchObject({ outcome: "skipped", reason: "auc is undefined: no row carries weight" });
    })),
  },
]);
