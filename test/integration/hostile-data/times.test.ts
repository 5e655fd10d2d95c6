import { expect } from "vitest";
import { both, holds, hostile, metricOf, refused, scores, warned, type Outcome } from "./table.ts";
import { noise, small, table } from "./small.ts";

const two = (n: number): string => String(n).padStart(2, "0");
/** Rows of a year of days, in an order of their own, whose label says in which half of the year they are; `day` writes the day. */
const days = (day: (date: Date) => string): string => table("day,x,y", 366, (i, u) => {
  const date = new Date(Date.UTC(2023, 6, 1 + ((i * 101) % 366)));
  return [day(date), noise(u).toFixed(3), date.getUTCFullYear() === 2024];
});
const german = (date: Date): string => `${two(date.getUTCDate())}.${two(date.getUTCMonth() + 1)}.${two(date.getUTCFullYear() % 100)}`;
const slashed = (date: Date): string => `${date.getUTCDate()}/${date.getUTCMonth() + 1}/${two(date.getUTCFullYear() % 100)}`;
const columns = "day: date, x: float, y: bool";
/** By time the first rows are all of 2023; the label needs some of 2024 among them. */
const split = (read: string, more = columns): string => small({
  columns: more, source: "time: day", read, label: "y", labelType: "bool", features: "[rows.x]", dataset: "",
}).replace("by_hash(train: 70%, validate: 10%, test: 20%)", "by_time(train: 70%, validate: 10%, test: 20%)");
/** By time the newest fifth is all of 2024: there is one label in it, and so no AUC. */
const newestTested: Outcome = holds("the test part is the newest", (result) => {
  expect(result.code, result.out + result.err).toBe(0);
  expect(metricOf(result, "auc")).toBe(null);
});
const noon = (zone: string): string => table("at,x,y", 200, (i, u) => { const x = noise(u); return [`2024-01-${two(1 + (i % 28))} ${two(i % 24)}:00:00${zone}`, x, 3 * x]; });
const atNoon = small({ columns: "at: timestamp, x: float, y: float", source: "time: at" });

hostile("times in texts", [
  { tried: "d/m/y with two digits", spec: split('csv("data.csv")'), files: { "data.csv": days(slashed) }, then: refused("data-type-mismatch", /times: \\?"%d/, /years of two digits/) },
  { tried: "y-m-d with two digits", spec: split('csv("data.csv")'), files: { "data.csv": days((d) => d.toISOString().slice(2, 10)) }, then: refused("data-type-mismatch", /column day/i) },
  { tried: "dd.mm.yy with its format", spec: split('csv("data.csv", times: "%d.%m.%y")'), files: { "data.csv": days(german) }, then: newestTested },
  { tried: "four digits where the format has two", spec: split('csv("data.csv", times: "%d.%m.%y")'), files: { "data.csv": days((d) => german(d).replace(/(..)$/, "20$1")) }, then: refused("data-type-mismatch", /as `times` says/) },
  { tried: "two digits where the format has four", spec: split('csv("data.csv", times: "%d.%m.%Y")'), files: { "data.csv": days(german) }, then: refused("data-type-mismatch", /as `times` says/) },
  { tried: "two formats in one file", spec: split('csv("data.csv", times: ["%d.%m.%y", "%Y-%m-%d"])'), files: { "data.csv": days((d) => (d.getUTCDate() % 2 ? german(d) : d.toISOString().slice(0, 10))) }, then: newestTested },
  { tried: "a format without a day", spec: split('csv("data.csv", times: "%m.%y")'), files: { "data.csv": days(german) }, then: refused("wrong-arguments", /no day/) },
  { tried: "a format of names of zones", spec: split('csv("data.csv", times: "%Y-%m-%d %Z")'), files: { "data.csv": days(german) }, then: refused("wrong-arguments", /names of time zones/) },
  { tried: "a column with a format of its own", spec: split('csv("data.csv")', 'written: string from "day", day: timestamp = timestamp(written, "%d.%m.%y"), x: float, y: bool'), files: { "data.csv": days(german) }, then: newestTested },
  { tried: "years before 1000", spec: atNoon, files: { "data.csv": noon("").replaceAll("2024", "0987") }, then: refused("data-type-mismatch") },
  { tried: "years before 1000 with a format", spec: atNoon.replace('"data.csv"', '"data.csv", times: "%Y-%m-%d %H:%M:%S"'), files: { "data.csv": noon("").replaceAll("2024", "0987") }, then: scores("r2", 0.99, 1) },
  ...["Europe/Berlin", "America/Port-au-Prince", "Etc/GMT-14", "CET", "PST"].map((zone) =>
    ({ tried: `the zone ${zone}`, spec: atNoon, files: { "data.csv": noon(` ${zone}`) }, then: refused("data-type-mismatch", /names of time zones/) })),
  ...["Z", "+02:00", "+0200", "-05", " UTC"].map((zone) => ({ tried: `the offset ${zone}`, spec: atNoon, files: { "data.csv": noon(zone) }, then: scores("r2", 0.99, 1) })),
  {
    tried: "texts that are no times, all of them", spec: small({ columns: 'written: string, at: timestamp? = timestamp(written), x: float, y: float' }),
    files: { "data.csv": noon("").replace("at,", "written,").replaceAll(/2024-(..)-(..) /g, "$2.$1.2024 ") }, then: refused("texts-unreadable", /01\.01\.2024/, /times|format/),
  },
  {
    tried: "texts that are no times, all of them, of a person", spec: small({ columns: 'written: string @pii, at: timestamp? = timestamp(written), x: float, y: float' }),
    files: { "data.csv": noon("").replace("at,", "written,").replaceAll(/2024-(..)-(..) /g, "$2.$1.2024 ") },
    then: both(refused("texts-unreadable"), holds("without its values", ({ out, err }) => expect(out + err).not.toContain("01.01.2024"))),
  },
  {
    tried: "some texts that are no times", spec: small({ columns: 'written: string, at: timestamp? = timestamp(written), x: float, y: float' }),
    files: { "data.csv": noon("").replace("at,", "written,").replaceAll(/2024-01-05 /g, "soon, 05 ").replaceAll("soon, ", "soon ") }, then: warned("some-texts-unreadable", /soon 05/, /%/),
  },
  {
    tried: "some texts that are no times where none may be missing", spec: small({ columns: 'written: string, at: timestamp = timestamp(written), x: float, y: float' }),
    files: { "data.csv": noon("").replace("at,", "written,").replaceAll(/2024-01-05 /g, "soon 05 ") }, then: refused("texts-unreadable", /soon 05/),
  },
]);
