/** What is written and says nothing: told, each with what to do. */
import { describe, expect, test } from "vitest";
import { check, open, shop } from "./harness.ts";

const inShop = (text: string): string => `${shop}\nservice s { model: ranker }\nrole lead { members: ["a@b"] }\n${text}`;
const source = (line: string): string => `source x {\n  read: csv("a")\n  ${line}\n  columns { a: int?, b: string }\n}`;

describe("listed twice", () => {
  test.each([
    [inShop("evaluation e of ranker {\n  metrics: [auc, log_loss, «auc»] //~ no-effect: `auc` is listed twice in `metrics`\n}")],
    [inShop("evaluation e of ranker {\n  slices: [sales.country, «country»] //~ no-effect: `country` is listed twice in `slices`\n  require auc >= 0.6 by country\n}")],
    [inShop("evaluation e of ranker {\n  slices: [sales.price > 5, «sales.price  > 5»] //~ no-effect: is listed twice in `slices`\n}")],
    [source("purpose: [ranking, «ranking»] //~ no-effect: `ranking` is listed twice in `purpose`")],
    ['role r {\n  members: ["a@b", «"a@b"»] //~ no-effect: `"a@b"` is listed twice in `members`\n}'],
    [inShop("dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  one_per: [sku, «sku»] //~ no-effect: `sku` is listed twice in `one_per`\n}")],
    [inShop("dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  split: by_hash(by: [sku, «sku»], train: 80%, test: 10%) //~ no-effect: `sku` is listed twice in `by`\n}")],
    ['source x {\n  read: csv("a", missing: ["?", «"?"»]) //~ no-effect: `"?"` is listed twice in `missing`\n  columns { a: int }\n}'],
    ['source x {\n  read: csv("a.csv", «"a.csv"») //~ wrong-arguments: `"a.csv"` is named twice: each of its rows would be read twice\n  columns { a: int }\n}'],
    [inShop("model m {\n  predict: bought from examples\n  network: [dense(8), dense(8)]\n}")],
  ])("%s", async (text) => check(text));

  test("counts once", async () => {
    const { spec } = await open(inShop('evaluation e of ranker { metrics: [auc, auc], slices: [sales.country, sales.country, country] }\nrole r { members: ["a", "a"] }'));
    expect(spec.evaluations[0]).toMatchObject({ metrics: ["auc"], slices: [{ name: "country" }] });
    expect(spec.roles.find((r) => r.name === "r")?.members).toEqual(["a"]);
  });
});

describe("required twice", () => {
  test.each([
    [inShop("evaluation e of ranker {\n  require auc >= 0.7\n  require «auc>=0.70» //~ duplicate-clause: `auc>=0.70` is required already\n}")],
    [inShop("evaluation e of ranker {\n  require auc >= 0.7\n  require «0.7 <= auc» //~ duplicate-clause: is required already\n}")],
    [inShop("evaluation e of ranker {\n  slices: [sales.country]\n  require auc >= 0.7 by country\n  require auc >= 0.7\n  require «auc >= 0.7  by country» //~ duplicate-clause: is required already\n}")],
    [inShop("rollout r of ranker on s {\n  stage full {\n    traffic: 100%\n    require latency.p99 < 1s\n    require «latency.p99 < 1000ms» //~ duplicate-clause: is required already\n  }\n}")],
    [source("expect {\n    require missing(a) < 1%\n    require «(missing(a) < 1%)» //~ duplicate-clause: is required already\n  }")],
    [inShop("policy p {\n  deny inputs where pii\n  deny «inputs where pii» //~ duplicate-clause: `inputs where pii` is denied already\n}")],
    [inShop("rollout r of ranker on s {\n  stage a { traffic: 50%, require latency.p99 < 1s }\n  stage full { traffic: 100%, require latency.p99 < 1s }\n}")],
  ])("%s", async (text) => check(text));
});

describe("empty", () => {
  test.each([
    ["policy «p» { } //~ missing-property: `p` needs at least one rule"],
    [source("«expect» { } //~ missing-property: `expect` needs at least one requirement")],
    [inShop("features «f» { //~ missing-property: `f` needs at least one feature\n  from: sales\n}")],
    [inShop("model m {\n  predict: bought from examples\n  «inputs» { } //~ missing-property: `inputs` needs at least one input\n}")],
    [inShop("model m {\n  predict: bought from examples\n  «train» { } //~ no-effect: `train { }` says nothing\n}")],
    [inShop("service t {\n  model: ranker\n  «batch» { } //~ no-effect: `batch { }` says nothing\n}")],
    [inShop("rollout r of ranker on s {\n  stage full { }\n}")],
  ])("%s", async (text) => check(text));
});

describe("a `///` comment", () => {
  test.each([
    ["entity a { key: k }\n«/// of nothing» //~ misplaced-comment: this documents nothing: the file ends behind it"],
    ['source x {\n  read: csv("a")\n  columns { a: int }\n  «/// a contract» //~ misplaced-comment: this documents nothing: behind it comes `}`\n}'],
    [inShop("evaluation e of ranker {\n  «/// why» //~ misplaced-comment: this documents nothing: behind it comes `require`\n  require auc >= 0.7\n}")],
    ["«/// one» //~ misplaced-comment: another `///` comment comes before anything else\n\n/// two\nentity a { key: k }"],
    ["entity a { key: k } «/// behind» //~ misplaced-comment: this stands behind `}` and documents what comes below it\nentity b { key: k }"],
    [source("«/// the files» //~ misplaced-comment: behind it comes `columns`")],
    ["/// fine\n// in between\nentity a {\n  /// its key\n  key: k\n}"],
  ])("%s", async (text) => check(text));
});

describe("the same in every row", () => {
  const evaluation = (line: string): string => inShop(`evaluation e of ranker {\n  ${line}\n  require auc >= 0.7\n}`);
  const model = (line: string): string => inShop(`model m {\n  predict: bought from examples\n  ${line}\n}`);
  test.each([
    [inShop("features f {\n  from: sales\n  x = «3» //~ type-mismatch: `3` is the same in every row\n}")],
    [inShop('features f {\n  from: request { country: string }\n  x = «"country"» //~ type-mismatch: `"country"` is the same in every row\n}')],
    [inShop("features f {\n  from: sales\n  x = «if 1 < 2 then 3 else 4» //~ type-mismatch: is the same in every row\n}")],
    [inShop("label l: bool {\n  of: sales\n  is: «true» //~ type-mismatch: `true` is the same in every row\n}")],
    [evaluation("slice x = «1 > 0» //~ type-mismatch: `1 > 0` is the same in every row")],
    [evaluation("slices: «3» //~ type-mismatch: is the same in every row")],
    [evaluation("baseline x = «25» //~ out-of-range: `x` stands in for a probability, which lies between 0 and 1, but this is 25")],
    [model("fallback x = «-0.1» //~ out-of-range: `x` stands in for a probability, which lies between 0 and 1, but this is -0.1")],
    [model("fallback x = 0.1")],
    [inShop('label kind: string { of: sales, is: country }\ndataset d { examples: sales, label: kind, features: [sales.price, sales.comment] }\nmodel m {\n  predict: kind from d\n  fallback x = «"comment"» //~ type-mismatch: `"comment"` is the same in every row\n}')],
    [inShop('label kind: string { of: sales, is: country }\ndataset d { examples: sales, label: kind, features: [sales.price] }\nmodel m {\n  predict: kind from d\n  fallback x = "de"\n}')],
    [evaluation("baseline x = 0.3")],
  ])("%s", async (text) => check(text));

  // A column that is computed from no other is what it is in every row, under whichever name.
  const always = (more: string): string => `source s {\n  read: csv("a")\n  columns { x: float, y: bool, zero: float = 0, nil: float = zero * 2 }\n}\nlabel l: bool { of: s, is: y }\n${more}`;
  const dataset = (lines: string): string => `dataset d {\n  examples: s\n  label: l\n  ${lines}\n}`;
  test.each([
    [always(dataset("features: [s.x, «s.zero»] //~ type-mismatch: `s.zero` is the same in every row: nothing can be learned of it"))],
    [always(dataset("features: [s.x, «nil»] //~ type-mismatch: `s.nil` is the same in every row"))],
    [always(dataset("exclude: [s.y, s.nil]\n  features: «s.*» //~ type-mismatch: `s.zero` is the same in every row"))],
    [always(dataset("features: s.*\n  exclude: [s.y, s.zero, s.nil]"))],
    [always("features f {\n  from: s\n  k = «zero» //~ type-mismatch: `zero` is the same in every row\n}")],
    [always("features f {\n  from: s where «zero > 1» //~ type-mismatch: `zero > 1` is the same in every row\n  k = x + zero\n}")],
    [always("label m: float {\n  of: s\n  is: «nil» //~ type-mismatch: `nil` is the same in every row\n}")],
    [always(dataset("features: s.x\n  split: by_group(«zero») //~ type-mismatch: `zero` is the same in every row"))],
    [always(dataset("features: s.x\n  one_per: «zero» //~ type-mismatch: `zero` is the same in every row"))],
    [always(`${dataset("features: s.x")}\nmodel m { predict: l from d }\nevaluation e of m {\n  slices: «s.zero > 1» //~ type-mismatch: is the same in every row\n}`)],
    [always(`${dataset("features: [s.x, «v.k»] //~ type-mismatch: `v` takes `zero` from the request, but in `s` it is the same in every row: nothing can be learned of it")}\nfeatures v { from: request { zero: float }, k = zero * 2 }`)],
    [always(`${dataset("features: s.x")}\nmodel m {\n  predict: l from d\n  fallback a = zero\n}`)],
  ])("%s", async (text) => check(text));
});

describe("beside what else is said", () => {
  const view = (head: string, lines: string): string => inShop(`features f ${head} {\n  from: sales\n  x = ${head === "" ? "price * 2" : "count() over 7d"}\n  ${lines}\n}`);
  const evaluation = (lines: string, of = "ranker"): string =>
    inShop(`label cost: float { of: sales, is: price }\ndataset d { examples: sales, label: cost, features: [sales.count] }\nmodel pricer { predict: cost from d }\nevaluation e of ${of} {\n  ${lines}\n}`);
  test.each([
    [view("", "refresh: «1h» //~ no-effect: `refresh` says nothing: without `for` the features are computed from the row itself")],
    [view("", "max_age: «1h» //~ no-effect: `max_age` says nothing")],
    [view("", "online: «false» //~ no-effect: `online` says nothing")],
    [view("for product", "online: false\n  refresh: «1h» //~ no-effect: `refresh` says nothing: the features are computed for training only (`online: false`)")],
    [view("for product", "online: true, refresh: 1h, max_age: 1h")],
    [evaluation("threshold: «0.3» //~ no-effect: `threshold` says nothing: the model does not predict a yes or no", "pricer")],
    [evaluation("metrics: [auc]\n  threshold: «0.3» //~ no-effect: `threshold` says nothing: no metric here makes a yes or no of the probability, as accuracy, precision, recall, f1 do")],
    [evaluation("metrics: [auc], require recall >= 0.3, threshold: 0.3")],
    [evaluation("min_rows: «20» //~ no-effect: `min_rows` says nothing: there are no slices")],
    [inShop("service t {\n  model: ranker\n  batch {\n    size: 1\n    wait: «2ms» //~ no-effect: `wait` says nothing: a batch of one request waits for no other (`size: 1`)\n  }\n}")],
    [inShop("label l: float {\n  of: sales\n  is: price\n  within: «1d» //~ no-effect: `within` says nothing: it waits for later events\n}")],
    ['source x {\n  read: csv("a")\n  columns {\n    a: int from «"b"» = 3 //~ misplaced-item: `a` is computed: no column of the file is read for it\n  }\n}'],
    [inShop('features f {\n  from: request { a: int from «"b"» } //~ misplaced-item: a request has no file\n  x = a * 2\n}')],
    ['source x {\n  read: csv("a")\n  columns {\n    a: int @pii «@pii» //~ no-effect: `@pii` is there already\n    b: float @unit(mile) «@unit(km)» //~ duplicate-property: `@unit` is given twice: `@unit(mile)` and `@unit(km)`\n  }\n}'],
    [source("lateness: «3d» //~ no-effect: `lateness` says nothing: `x` has no event time (`time`), so nothing of it is late")],
    [source("retain: 2d\n  volume: 5k / 1d")],
    [inShop("features f {\n  from: request { country: string, «gift»: bool } //~ no-effect: no feature here reads `gift`: a request need not bring it\n  x = if country == \"de\" then 1 else 0\n}")],
    [inShop("features f {\n  from: request { country: string, gift: bool }\n  n = if country == \"de\" then 1 else 0\n  x = if gift then n else 0\n}")],
    [source("purpose: «[]» //~ no-effect: `purpose: []` says nothing")],
    [inShop("dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  one_per: «[]» //~ no-effect: `one_per: []` says nothing\n}")],
    [inShop("model m {\n  predict: bought from examples\n  network: []\n}")],
  ])("%s", async (text) => check(text));
});

describe("the same either way", () => {
  const filter = (condition: string): string => inShop(`features f {\n  from: sales where ${condition}\n  x = price * 2\n}`);
  const value = (e: string): string => inShop(`features f {\n  from: sales\n  x = ${e}\n}`);
  test.each([
    [filter("«price == price» //~ no-effect: both sides are `price`: this is the same wherever there is a value")],
    [filter("«(price  +  1) < (price + 1)» //~ no-effect: both sides are `(price + 1)`")],
    [value("«count - count» //~ no-effect: both sides are `count`")],
    [value("«price / (price)» //~ no-effect: both sides are `price`")],
    [filter("price > 3 or «true» //~ no-effect: `or true` makes this true in every row")],
    [filter("price > 3 and «false» //~ no-effect: `and false` makes this false in every row")],
    [filter("price > 3 and «(true)» //~ no-effect: `and true` changes nothing")],
    [filter("«false» or price > 3 //~ no-effect: `or false` changes nothing")],
    [filter("price > 3 or «1 < 2» //~ no-effect: `1 < 2` is the same in every row")],
    [filter('price > 3 and country == "de" and (count > 1 and «price>3») //~ no-effect: `price>3` stands here already')],
    [filter("price > 3 or «3 < price» //~ no-effect: `3 < price` stands here already")],
    [filter('country in ["de", "fr", «"de"»] //~ no-effect: `"de"` is in this list already')],
    [filter('country not in ["de", «"de"»] //~ no-effect: `"de"` is in this list already')],
    [value("if price > 3 then 1 else «1» //~ no-effect: both ways this is `1`")],
    [value("if «true» then price else count //~ no-effect: `true` is the same in every row: one of the two ways is never taken")],
    [inShop("policy p {\n  deny inputs where pii and «pii» //~ no-effect: `pii` stands here already\n}")],
    [filter('price > 3 and «"country" == "de"» //~ no-effect: `"country" == "de"` is the same in every row')],
    [inShop("evaluation e of ranker {\n  baseline b = 0.5\n  require auc >= b.auc\n  require auc >= current.auc\n}")],
    [filter("price > 3 and (count > 3 or price > 3)")],
    [filter("price > 3 or (count > 3 and price > 3)")],
    [filter("price == count or not (price == 3)")],
    [value("price - count - count")],
    [value("if price > 3 then 1 else 1.5")],
    [value("if price > 3 and count > 1 then price else count")],
  ])("%s", async (text) => check(text));
});

describe("empty texts", () => {
  test.each([
    [inShop('features f {\n  from: sales\n  owner: «""» //~ out-of-range: this text of `owner` is empty\n  x = price * 2\n}')],
    [inShop('dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  quarantine q {\n    from: 2026-01-01\n    to: 2026-01-02\n    because: «"  "» //~ out-of-range: this text of `because` is empty\n  }\n}')],
    ['source x {\n  read: csv(«""») //~ out-of-range: no file has an empty name\n  columns { a: int }\n}'],
    ['source x {\n  read: parquet("a", «" "») //~ out-of-range: no file has an empty name\n  columns { a: int }\n}'],
    ['source x {\n  read: csv("a")\n  columns {\n    a: int from «""» //~ out-of-range: no column of a file has an empty name\n    b: int from " "\n    c: float @unit(«""») //~ out-of-range: `@unit` says nothing of what\n  }\n}'],
    ['source x {\n  read: csv("a", missing: [""])\n  columns { a: string, b: bool = a == "" }\n}'],
  ])("%s", async (text) => check(text));
});

describe("one thing twice", () => {
  const quarantines = (second: string): string => inShop(`dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  quarantine a { from: 2026-01-01, to: 2026-01-03, because: "x" }\n  ${second}\n}`);
  test.each([
    ['source x {\n  read: csv("a")\n  columns {\n    a: int\n    «b: string from "a"» //~ duplicate-column: `b` is read from the same column of the file as `a`\n  }\n}'],
    ['source x {\n  read: csv("a")\n  columns {\n    a: int from "b"\n    «b: int» //~ duplicate-column: `b` is read from the same column of the file as `a`\n  }\n}'],
    ['source x {\n  read: csv("a")\n  columns { a: int from "b", b: int from "a", c: int = a }\n}\nsource y {\n  read: csv("b")\n  columns: x.columns\n}'],
    [quarantines('quarantine «b» { from: 2026-01-01T00:00Z, to: 2026-01-03, because: "y" } //~ no-effect: `a` leaves the same period out')],
    [quarantines('quarantine b { from: 2026-01-01, to: 2026-01-02, because: "y" }')],
    [inShop("model m {\n  predict: bought from examples\n  network: [dense(8), «dropout(0%)»] //~ no-effect: `dropout(0%)` drops nothing\n}")],
  ])("%s", async (text) => check(text));
});
