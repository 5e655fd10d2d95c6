/** Words where others are meant: in quotes, reserved, of another language. One message each, with what to write, which the editor can write. */
import { describe, expect, test } from "vitest";
import { check, open, shop } from "./harness.ts";

const model = (line: string): string => `${shop}\nmodel m {\n  predict: bought from examples\n  ${line}\n}`;
const service = (line: string): string => `${shop}\nservice s {\n  model: ranker\n  ${line}\n}`;
const evaluation = (line: string): string => `${shop}\nevaluation e of ranker {\n  ${line}\n}`;
const source = (line: string): string => `source x {\n  read: csv("a")\n  columns {\n    ${line}\n    b: int\n  }\n}`;

/** A spec, its one error, and what replaces it. */
const cases: readonly (readonly [text: string, message: string, suggestion: string])[] = [
  [evaluation('metrics: [«"auc"»]'), "type-mismatch: a metric is needed here", "auc"],
  [evaluation('metrics: [«"acc"»]\n  require auc >= 0.6'), "type-mismatch: a metric is needed here", "auc"],
  [evaluation('require «"auc"» >= 0.7'), "type-mismatch: a metric is needed here", "auc"],
  [model('network: [dense(8, «"relu"»)]'), "type-mismatch: `activation` expects the name of an activation", "relu"],
  [model('network: [«"dropout"»]'), "type-mismatch: a layer expects", "dropout(10%)"],
  [model("network: [«dense»]"), "type-mismatch: a layer expects", "dense(64, relu)"],
  [model('train { device: «"gpu"» }'), "type-mismatch: a device is needed here", "gpu"],
  [model('train { device: gpu(or: «"cpu"») }'), "type-mismatch: `or` expects the name of a device", "cpu"],
  [model('train { optimizer: «"adam"» }'), "type-mismatch: `optimizer` expects `adam(…)` or `sgd(…)`", "adam(rate: 0.001)"],
  [model("train { optimizer: «adam» }"), "type-mismatch: `optimizer` expects `adam(…)` or `sgd(…)`", "adam(rate: 0.001)"],
  [model('train { engine: «"tensorflow"» }'), "type-mismatch: an engine is needed here", "tensorflow"],
  [service('log: «"off"»'), "type-mismatch: `log` expects `off` or `predictions(…)`", "off"],
  [service("log: «false»"), "type-mismatch: `log` expects `off` or `predictions(…)`", "off"],
  [service("log: «predictions»"), "type-mismatch: `log` expects `predictions(…)`", "predictions(flush: 1s)"],
  [source('a: «"string"»'), "syntax: a type is written without quotes: `string`", "string"],
  [source("a: «text»"), "unknown-type: did you mean `string`?", "string"],
  [source("a: «boolean»"), "unknown-type: did you mean `bool`?", "bool"],
  [source("a: «DateTime»"), "unknown-type: did you mean `timestamp`?", "timestamp"],
  [source("«in»: int"), "syntax: `in` is a word of the language and cannot be a name", "in_"],
  [source("«true»: bool"), "syntax: `true` is a word of the language", "true_"],
  ["source «by» { //~ syntax: `by` is a word of the language", "", "by_"],
  [`${shop}\nfeatures f {\n  from: sales\n  a = price\n  «where» = price + 1`, "syntax: `where` is a word of the language", "where_"],
];

describe("one message", () => {
  test.each(cases.filter(([, message]) => message !== ""))("%s", async (text, message) => {
    const marked = text.split("\n").map((line) => (line.includes("«") ? `${line} //~ ${message}` : line)).join("\n");
    await check(/\n\}$/.test(marked) ? marked : `${marked}\n}`);
  });
});

test.each(cases)("a quick fix: %s", async (text, _, suggestion) => {
  const { diagnostics } = await open(`${text.replace(/[«»]/g, "")}\n}`.replace(/\n\}\n\}$/, "\n}"));
  expect(diagnostics.map((d) => d.data as unknown)).toContainEqual(expect.objectContaining({ fixes: [expect.objectContaining({ title: `Change to \`${suggestion}\`` })] }));
});

describe("durations say their unit", () => {
  const lasting = (column: string): string => `source x {\n  read: csv("a")\n  columns {\n    waited: duration\n    ${column}\n  }\n}`;
  test.each([
    [lasting("late: bool = waited > 5"), "A duration has a unit: `5ms`, `5s`, `5h`."],
    [lasting("other: duration = 5"), "A duration has a unit: `5 * 1s`, or a number of milliseconds `5 * 1ms`."],
    [lasting('other: duration = "00:10:00"'), "A duration is written with its unit, such as `10m`."],
    [lasting("n: float\n    late: bool = waited > n"), "A number of it is `hours(waited)`."],
  ])("%s", async (text, hint) => {
    expect((await open(text)).problems.map((p) => p.hint)).toEqual([hint]);
  });
});
