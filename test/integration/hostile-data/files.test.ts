import { both, hostile, refused, scores, warned } from "./table.ts";
import { noise, small, table } from "./small.ts";

const days = (columns: string, read = 'csv("data.csv")') => small({ columns, read, source: "time: day", features: "[rows.x]", split: "by_time(train: 70%, validate: 10%, test: 20%)" });
const parts = (day: (i: number) => number, year = (i: number): number => 2020 + (i % 4)) =>
  table("y0,m,d,x,y", 400, (i, u) => { const x = noise(u); return [year(i), 1 + (i % 12), day(i), x, 3 * x]; });
const fromParts = "y0: int, m: int, d: int, day: date = date(y0, m, d), x: float, y: float";

hostile("dates from parts, and texts of many parts", [
  { tried: "a day from its parts", spec: days(fromParts), files: { "data.csv": parts((i) => 1 + (i % 28)) }, then: scores("r2", 0.98, 1) },
  { tried: "an hour of it", spec: days(fromParts.replace("day: date = date(y0, m, d)", "day: timestamp = timestamp(date(year: y0, month: m, day: 1)) + d * 1h")), files: { "data.csv": parts((i) => i % 24) }, then: scores("r2", 0.98, 1) },
  { tried: "the 30th of February", spec: days(fromParts), files: { "data.csv": parts(() => 30) }, then: refused("texts-unreadable", /2022-2-30|2020-2-30|2021-2-30|2023-2-30/, /no such day/) },
  { tried: "the 30th of February where days may be missing", spec: small({ columns: fromParts.replace("day: date", "day: date?") }), files: { "data.csv": parts(() => 30) }, then: both(warned("some-texts-unreadable", /in 34 of the 400 rows/), scores("r2", 0.98, 1)) },
  { tried: "a year of two digits", spec: days(fromParts), files: { "data.csv": parts(() => 1, (i) => 20 + (i % 4)) }, then: refused("texts-unreadable", /four digits/) },
  { tried: "parts that may be missing", spec: days(fromParts.replace("m: int", "m: int?")), files: { "data.csv": parts(() => 1) }, then: refused("missing", /day/) },
  { tried: "a day from parts inside of the model", spec: small({ columns: "a: int, x: float, y: float", inputs: "d = days(date(rows.a, 1, 1) - 2020-01-01)", features: "[rows.a]" }), files: { "data.csv": table("a,x,y", 10, () => [2020, 1, 1]) }, then: refused("not-servable", /date/) },
  {
    tried: "a text of four others", spec: small({ columns: 'a: string, b: string, id: int, c: string = concat(a, "/", b, "!"), y: float', features: "[rows.c]" }),
    files: { "data.csv": table("a,b,id,y", 900, (i) => [i % 3, (i / 3 | 0) % 3, i, (i % 3) * ((i / 3 | 0) % 3)]) }, then: scores("r2", 0.98, 1),
  },
  { tried: "a text of one", spec: small({ columns: "a: string, c: string = concat(a), y: float" }), files: {}, command: "validate", then: refused("wrong-arguments", /concat\(a, b, …\).*at least 2/) },
  { tried: "a number among the texts", spec: small({ columns: 'a: string, c: string = concat(a, "-", a, 3), y: float' }), files: {}, command: "validate", then: refused("type-mismatch", /concat/) },
]);
