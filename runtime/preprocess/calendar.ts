/**
 * The calendar in integer arithmetic, from microseconds since 1970 (UTC, proleptic Gregorian, as DuckDB's). Days to year, month, day
 * by Howard Hinnant's `civil_from_days`: http://howardhinnant.github.io/date_algorithms.html
 */
import type { Value } from "../onnx/graph.ts";
import { microsecondsPerDay, type Emit, type Emitted } from "./emitted.ts";
import type { Operators } from "./operators.ts";

const part = (make: (o: Operators, microseconds: Value) => Value): Emit => (o, [at]) => {
  const { value, present } = at as Emitted;
  return { kind: "int", value: make(o, value), present };
};

const dayNumber = (o: Operators, microseconds: Value): Value => o.floorDiv(microseconds, microsecondsPerDay);

/** Years are counted from March, so that the leap day is the last of its year: `march` is 0 for March to 11 for February. */
function civil(o: Operators, microseconds: Value) {
  const { int, add, sub, mul, div } = o;
  const shifted = add(dayNumber(o, microseconds), int(719_468));
  const era = o.floorDiv(shifted, 146_097);
  const dayOfEra = sub(shifted, mul(era, int(146_097)));
  const leaps = sub(sub(add(dayOfEra, div(dayOfEra, int(36_524))), div(dayOfEra, int(1_460))), div(dayOfEra, int(146_096)));
  const yearOfEra = div(leaps, int(365));
  const daysBefore = sub(add(mul(yearOfEra, int(365)), div(yearOfEra, int(4))), div(yearOfEra, int(100)));
  const dayOfYear = sub(dayOfEra, daysBefore);
  const march = div(add(mul(int(5), dayOfYear), int(2)), int(153));
  const day = add(sub(dayOfYear, div(add(mul(int(153), march), int(2)), int(5))), int(1));
  const inNextYear = o.less(int(9), march);
  const month = o.select(inNextYear, sub(march, int(9)), add(march, int(3)));
  const year = add(add(yearOfEra, mul(era, int(400))), o.cast(inNextYear, "int64"));
  return { year, month, day, dayOfYear, inNextYear };
}

/** 1 January is day 306 of the year that began in March. */
function dayOfYear(o: Operators, microseconds: Value): Value {
  const { year, dayOfYear: fromMarch, inNextYear } = civil(o, microseconds);
  const { int, sub, add } = o;
  const divisible = (by: number) => o.equal(o.mod(year, int(by)), int(0));
  const leap = o.or(o.and(divisible(4), o.not(divisible(100))), divisible(400));
  return o.select(inNextYear, sub(fromMarch, int(305)), add(add(fromMarch, int(60)), o.cast(leap, "int64")));
}

export const calendarEmitters = {
  hour_of_day: part((o, t) => o.floorDiv(o.mod(t, o.int(microsecondsPerDay)), 3_600_000_000)),
  // 1 January 1970 was a Thursday: 3, counted from Monday.
  day_of_week: part((o, t) => o.mod(o.add(dayNumber(o, t), o.int(3)), o.int(7))),
  day_of_month: part((o, t) => civil(o, t).day),
  day_of_year: part(dayOfYear),
  month: part((o, t) => civil(o, t).month),
  year: part((o, t) => civil(o, t).year),
} satisfies Record<string, Emit>;
