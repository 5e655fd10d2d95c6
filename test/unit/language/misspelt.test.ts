/** Numbers and times as they are written elsewhere: one mistake, one message, with what to write. */
import { describe, expect, test } from "vitest";
import { check, open, shop } from "./harness.ts";

const service = (line: string): string => `${shop}\nservice s {\n  model: ranker\n  ${line}\n}`;
const quarantine = (from: string): string => `${shop}\ndataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  quarantine q {\n    from: ${from}\n    to: 2027-01-01\n    because: "x"\n  }\n}`;
const timeout = (written: string, message: string): [string] => [service(`timeout: «${written}» //~ syntax: ${message}\n  volume: 2k / 1d`)];

describe("numbers", () => {
  test.each([
    timeout("50 ms", "a unit stands right behind its number: `50ms`"),
    timeout("50 milliseconds", "`50 milliseconds` is written `50ms` here"),
    timeout("2min", "`2min` is written `2m` here"),
    timeout("1.5 hours", "`1.5 hours` is written `1.5h` here"),
    timeout("5S", "`5S` is written `5s` here"),
    timeout("5parsec", "`5parsec` is not a quantity: units are ms s m h d w y % k M G B KB MB GB TB"),
    [service("volume: «10K» / «1 d» //~ syntax: `10K` is written `10k` here & syntax: a unit stands right behind its number: `1d`")],
    [`${shop}\nservice s { model: ranker }\nrollout r of ranker on s {\n  stage a {\n    traffic: «10 %» //~ syntax: a unit stands right behind its number: \`10%\`\n    hold: 1h\n  }\n  stage full { traffic: 100% }\n}`],
    [`${shop}\nservice s { model: ranker }\nslo o of s { objective: share(succeeded) >= «99 %» over 7d } //~ syntax: \`99%\``],
    [`${shop}\nfeatures f {\n  from: sales\n  a = count % 7\n  b = count - 100 % 7 + 3%2\n  c = price * 3 % 2\n}`],
  ])("%s", async (text) => check(text));
});

describe("times", () => {
  test.each([
    ["2026-11-27T10:00:00+02:00", "times are always in UTC: `2026-11-27T08:00:00Z`"],
    ["2026-11-27T01:30-0530", "times are always in UTC: `2026-11-27T07:00:00Z`"],
    ["2026-11-27T10:00:00 UTC", "times are always in UTC: `2026-11-27T10:00:00Z`"],
    ["2026-11-27T10:00 CET", "times are always in UTC: `CET` is no part of one"],
    ["2026-11-27 10:00", "`2026-11-27 10:00` is written `2026-11-27T10:00` here"],
    ["2026-11-27t10:00z", "`2026-11-27t10:00z` is written `2026-11-27T10:00Z` here"],
    ["7.3.2026", "`7.3.2026` is written `2026-03-07` here"],
  ])("%s", async (written, message) => check(quarantine(`«${written}» //~ syntax: ${message}`)));

  test.each(["2026-11-27", "2026-11-27T10:00Z", "2026-11-27T10:00:00.5"])("%s is right", async (written) => check(quarantine(written)));
  test("arithmetic is no zone", async () => check(`${shop}\nfeatures f {\n  from: sales\n  a = at > 2026-11-27 - 7d and at > 2026-11-27T10:00-5m and price in 1..50\n}`));
});

describe("texts", () => {
  const source = (read: string, more = ""): string => `source x {\n  read: csv(${read}\n  columns { a: string }${more}\n}`;
  const told = (meant: string): string => `//~ syntax: texts are written in straight double quotes: \`${meant}\``;
  test.each([
    [source(`«'a.csv'») ${told('"a.csv"')}`)],
    [source(`«“a.csv”», "b.csv") ${told('"a.csv"')}`)],
    [source(`«„a.csv“») ${told('"a.csv"')}`)],
    [source(`«‘a.csv’») ${told('"a.csv"')}`)],
    [source(`«“a.csv"») ${told('"a.csv"')}`)],
    [source(`«'say "a".csv'») ${told('"say \\\\"a\\\\".csv"').replaceAll("\\\\", "\\")}`)],
    [source(`"a", missing: [«'?'», «'it\\'s'»]) ${told('"?"')} & syntax: texts are written in straight double quotes: \`"it's"\``)],
    [`role r {\n  members: [«'a@b'»] ${told('"a@b"')}\n}\nrole s { members: ["c@d"] }`],
    [`${shop}\nservice s {\n  model: «'ranker'» ${told('"ranker"')}\n}`],
    [source(`"it's", "“a”")`)],
  ])("%s", async (text) => check(text));

  test("mean what was meant", async () => {
    const { spec } = await open(`role r { members: ['it\\'s "me"', “b”, ‘c’] }`);
    expect(spec.roles[0]?.members).toEqual([`it's "me"`, "b", "c"]);
  });

  test("that are not closed say so", async () => {
    const { diagnostics } = await open("role r {\n  members: ['a]\n}\nrole s { members: [\"b\"] }");
    expect(diagnostics.map(({ message }) => message)).toContainEqual(expect.stringContaining("texts are written in double quotes"));
  });
});

test("the quick fix is what to write", async () => {
  const { diagnostics } = await open(service("timeout: 50 ms"));
  expect(diagnostics.map((d) => d.data as unknown)).toContainEqual(expect.objectContaining({ fixes: [expect.objectContaining({ title: "Change to `50ms`" })] }));
});
