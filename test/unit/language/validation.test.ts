/** What may stand where. Each case is a spec that says on which lines which problems are. */
import { describe, expect, test } from "vitest";
import { check, open, shop } from "./harness.ts";

describe("properties, blocks and names", () => {
  test.each([
    ["unknown property", `source s {\n  read: csv("a")\n  «latness»: 1m //~ unknown-property: a source has no property \`latness\`: did you mean \`lateness\`?\n  columns { a: int }\n}`],
    ["missing property", `source «s» { //~ missing-property: \`s\` has no \`read\`: the files it is read from\n  columns { a: int }\n}`],
    ["property given twice", `source s {\n  read: csv("a")\n  volume: 1 / 1m\n  «volume»: 2 / 1m //~ duplicate-property: \`volume\` is given twice\n  columns { a: int }\n}`],
    ["source without columns", `source «s» { read: csv("a") } //~ missing-columns: \`s\` says nothing about its columns`],
    ["columns twice", `source s {\n  read: csv("a")\n  columns {\n    a: int\n    «a»: float //~ duplicate-column: there are two columns \`a\`\n  }\n}`],
    ["two blocks of columns", `source s {\n  read: csv("a")\n  columns { a: int }\n  «columns { b: int }» //~ duplicate-section: \`columns\` may stand only once\n}`],
    ["unknown block", `source s {\n  read: csv("a")\n  columns { a: int }\n  «expects» { require rows > 1 } //~ unknown-section: did you mean \`expect\`?\n}`],
    ["a block that should be a property", `source s {\n  read: csv("a")\n  columns { a: int }\n  «lateness» { } //~ unknown-section: \`lateness\` is a property: write \`lateness: 15m\`\n}`],
    ["requirement outside of expect", `source s {\n  read: csv("a")\n  columns { a: int }\n  «require rows > 1» //~ misplaced-item: a source has no requirements\n}`],
    ["definition where a property belongs", `source s {\n  read: csv("a")\n  columns { a: int }\n  «lateness» = 1m //~ misplaced-item: \`lateness\` is a property: write \`lateness: …\`\n}`],
    ["declared twice", `entity a { key: k }\nentity «a» { key: k } //~ duplicate-name: \`a\` is already declared`],
    ["unknown type", `source s {\n  read: csv("a")\n  columns { a: «strng» } //~ unknown-type: unknown type \`strng\`: did you mean \`string\`?\n}`],
    ["unknown tag", `source s {\n  read: csv("a")\n  columns { a: int @«pi» } //~ unknown-tag: did you mean \`@pii\`?\n}`],
    ["unknown entity", `entity shopper { key: id }\nsource s {\n  read: csv("a")\n  columns { a: string -> «shoper» } //~ unresolved-reference: unknown entity \`shoper\`: did you mean \`shopper\`?\n}`],
    ["a builtin of one's own", `«builtin metric foo» //~ misplaced-item: only MLSpec's own prelude`],
    ["wrong unit", `source s {\n  read: csv("a")\n  lateness: «15%» //~ type-mismatch: \`lateness\` expects a duration, such as \`7d\`, but this is a share\n  columns { a: int }\n}`],
    ["negative", `source s {\n  read: csv("a")\n  lateness: «-15m» //~ out-of-range: \`lateness\` must be at least 0s, but this is -15m\n  columns { a: int }\n}`],
    ["a rate that is none", `source s {\n  read: csv("a")\n  volume: «2M» //~ type-mismatch: \`volume\` expects a rate, such as \`2M / 1d\`, but this is an int\n  columns { a: int }\n}`],
    ["reader misspelt", `source s {\n  read: «cvs»("a") //~ unknown-function: not \`cvs\`: did you mean \`csv\`?\n  columns { a: int }\n}`],
    ["argument misspelt", `source s {\n  read: csv("a", «mising»: ["?"]) //~ wrong-arguments: \`csv\` has no argument \`mising\`: did you mean \`missing\`?\n  columns { a: int }\n}`],
    ["argument missing", `source s {\n  read: «csv()» //~ wrong-arguments: needs \`path\`: files\n  columns { a: int }\n}`],
    ["time that is no time", `source s {\n  read: csv("a")\n  time: «a» //~ type-mismatch: the event time must be a timestamp or a date, but \`a\` is a int\n  columns { a: int }\n}`],
    ["computed column of another type", `source s {\n  read: csv("a")\n  columns {\n    a: int\n    b: bool = «a + 1» //~ type-mismatch: \`b\` is declared as bool, but this is an int\n  }\n}`],
    ["computed column that may be missing", `source s {\n  read: csv("a")\n  columns {\n    a: int?\n    b: int = «a + 1» //~ type-mismatch: \`b\` is declared as int, but this value may be missing\n  }\n}`],
    ["columns that compute each other", `source s {\n  read: csv("a")\n  columns {\n    «a»: int = b //~ cyclic-definition: a → b → a\n    b: int = a\n  }\n}`],
    ["columns of itself", `source s {\n  read: csv("a")\n  columns: «s.columns» //~ cyclic-definition: \`s\` takes its columns from itself\n}`],
    ["contract that cannot be", `source s {\n  read: csv("a")\n  columns { a: int }\n  expect { require rows in «5..1» } //~ out-of-range: nothing lies between 5 and 1\n}`],
    ["contract over a text", `source s {\n  read: csv("a")\n  columns { a: string }\n  expect { require «a > 5» } //~ type-mismatch: cannot compare a string (a) with an int (5)\n}`],
    ["role without members", `role «r» { } //~ missing-property: \`r\` has no \`members\`: who has it`],
  ])("%s", async (_title, text) => {
    await check(text);
  });
});

const inShop = (text: string) => `${shop}\n${text}`;

describe("what declarations need from each other", () => {
  test.each([
    ["features of an entity that the source does not know", `entity shopper { key: id }\nfeatures f for shopper {\n  from: «sales» //~ missing-key: no column of \`sales\` refers to \`shopper\`\n  n = count() over 1d\n}`],
    ["label without an end", `label «later»: bool { //~ missing-property: \`later\` waits for later events: \`within\` says for how long\n  of: sales\n  is: exists(sales where same(product))\n}`],
    ["label without a whom", `label later: bool {\n  of: sales\n  is: exists(«sales where price > 1») //~ wrong-clause: whose events?\n  within: 1d\n}`],
    ["label of another type", `label cheap: bool {\n  of: sales\n  is: «price» //~ type-mismatch: \`cheap\` is declared as bool, but this is a float\n}`],
    ["label that may be missing", `label expensive: bool {\n  of: sales\n  is: «cost > 5» //~ type-mismatch: \`expensive\` is declared as bool, but this value may be missing\n}`],
    ["feature that is not there", `dataset d {\n  examples: sales\n  label: bought\n  features: [recent.«solt»] //~ unresolved-reference: did you mean \`sold\`?\n}`],
    ["parts that are not the whole", `dataset d {\n  examples: sales\n  label: bought\n  features: [recent.*]\n  split: «by_time(train: 80%, validate: 10%, test: 20%)» //~ split-not-whole: the parts make 110%, not 100%\n}`],
    ["quarantine backwards", `dataset d {\n  examples: sales\n  label: bought\n  features: [recent.*]\n  quarantine q { from: 2026-02-02, to: «2026-02-01», because: "x" } //~ out-of-range: a quarantine must begin before it ends\n}`],
    ["input that is not selected", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n}\nmodel m {\n  predict: bought from d\n  inputs { n = standardize(«recent.sold») } //~ not-in-dataset: \`recent.sold\` is not among the features of \`d\`\n}`],
    ["encoding that does not fit", `dataset dated { examples: sales, label: bought, features: [sales.price, sales.country, sales.day] }\nmodel m {\n  predict: bought from dated\n  inputs {\n    a = standardize(«country») //~ type-mismatch: \`standardize\` needs a number, but this is a string\n    b = one_hot(«price») //~ type-mismatch: \`one_hot\` needs a text or an int\n    c = «embedding»(country, size: 8) //~ wrong-arguments: \`embedding\` needs a bound\n    d = number(«day») //~ type-mismatch: \`number\` needs a number or a bool, but this is a date\n    e = one_hot(«lower»(country)) //~ not-servable: \`lower\` cannot run inside the served model\n  }\n}`],
    ["layers", `model m {\n  predict: bought from examples\n  network: [dense(«0»), dropout(«150%»), dense(64, «rely»)] //~ out-of-range: at least 1 & out-of-range: at most 99% & unresolved-reference: did you mean \`relu\`?\n}`],
    ["metrics of another task", `evaluation e of ranker {\n  metrics: [auc, «rmse»] //~ wrong-metric: \`rmse\` does not measure the prediction of a yes-or-no label\n  require auc >= 0.7\n}`],
    ["a slice that is none", `evaluation e of ranker {\n  slices: [sales.country]\n  require auc >= 0.7 by «contry» //~ unresolved-reference: did you mean \`country\`?\n}`],
    ["a bound that is none", `evaluation e of ranker {\n  require auc >= «current.log_loss» //~ wrong-clause: \`auc\` can only be compared with the same metric\n}`],
    ["fallback of another model", `model other {\n  predict: bought from examples\n  fallback f = 0.1\n}\nservice s {\n  model: ranker\n  otherwise: «other.f» //~ wrong-kind: \`other.f\` is a fallback of another model\n}`],
    ["objective without a window", `service s { model: ranker }\nslo o of s { objective: «share(succeeded) >= 99%» } //~ wrong-clause: over which time?`],
    ["objective of nothing", `service s { model: ranker }\nslo o of s { objective: share(«price» < 3) >= 99% over 1d } //~ unresolved-reference: unknown name \`price\``],
    ["rollout without stages", `service s { model: ranker }\nrollout «r» of ranker on s { } //~ missing-section: \`r\` has no \`stage\``],
    ["stage without traffic", `service s { model: ranker }\nrollout r of ranker on s {\n  stage «canary» { hold: 1h } //~ missing-property: \`canary\` does not say its share of traffic\n}`],
    ["stage with an unknown measure", `service s { model: ranker }\nrollout r of ranker on s {\n  stage canary { traffic: 1%, require «happiness» > 3 } //~ unresolved-reference: unknown name \`happiness\`\n}`],
    ["policy", `policy p { deny «inputs» } //~ wrong-clause: a policy denies inputs by their tags`],
    ["two features of one name", `features more for product {\n  from: sales\n  sold = count() over 1d\n}\ndataset d {\n  examples: sales\n  label: bought\n  features: [recent.*, more.*]\n}\nmodel m {\n  predict: bought from d\n  inputs { sold = number(«sold») } //~ ambiguous-name: write \`recent.sold\` or \`more.sold\`\n}`],
  ])("%s", async (_title, text) => {
    await check(inShop(text));
  });
});

describe("imports", () => {
  const catalog = "entity shopper { key: id }";
  const uses = `import "./catalog.mlspec"\nsource s {\n  read: csv("a")\n  columns { id: string -> shopper }\n}`;

  test("names of an imported file are visible", async () => check(uses, { "catalog.mlspec": catalog }));
  test("imports are not passed on", async () => {
    await check(`${uses.replace("catalog", "middle").replace("-> shopper", "-> «shopper»")}`.replace("«shopper» }", "«shopper» } //~ unresolved-reference: unknown entity `shopper`"), { "middle.mlspec": `import "./catalog.mlspec"`, "catalog.mlspec": catalog });
  });
  test("a file that is not there is one problem, not many", async () => check(uses.replace(`"./catalog.mlspec"`, `«"./catalog.mlspec"» //~ import-not-found: there is no file`)));
  test("a cycle is an error with its path", async () => {
    await check(`import «"./b.mlspec"» //~ import-cycle: main.mlspec → b.mlspec → c.mlspec → main.mlspec`, { "b.mlspec": `import "./c.mlspec"`, "c.mlspec": `import "./main.mlspec"` });
  });
  test("a name is declared once in all files", async () => {
    await check(`import "./catalog.mlspec"\nentity «shopper» { key: id } //~ duplicate-name: already declared in catalog.mlspec`, { "catalog.mlspec": catalog });
  });
  test("two imports that clash", async () => {
    await check(`import "./catalog.mlspec"\nimport «"./other.mlspec"» //~ duplicate-name: \`shopper\` is declared both in catalog.mlspec and in other.mlspec`, { "catalog.mlspec": catalog, "other.mlspec": catalog });
  });
});

test("hints and related places come with the diagnostic", async () => {
  const { diagnostics } = await open(`entity a { key: k }\nentity a { key: k }\nsource s {\n  raed: csv("x")\n  columns { x: int }\n}`);
  const twice = diagnostics.find((d) => d.code === "duplicate-name");
  expect(twice?.relatedInformation?.[0]?.location.range.start.line).toBe(0);
  const unknown = diagnostics.find((d) => d.code === "unknown-property");
  expect(unknown?.data).toMatchObject({ code: "unknown-property", fixes: [{ title: "Change to `read`", edits: [{ newText: "read" }] }] });
});

/** Each of these took any value, and what it belongs to was gone. */
describe("a value of another shape is an error, and says which one was meant", () => {
  const rest = `service s { model: ranker }\nrole lead { members: ["a@b"] }`;
  const stage = (value: string) => `${rest}\nrollout r of ranker on s {\n  stage ramp {\n    traffic: 50%\n    ${value}\n  }\n}`;
  test.each([
    ["an approval in quotes", stage(`approve: «"lead"» //~ type-mismatch: \`approve\` expects a role, but this is a text in quotes`)],
    ["a list of approvals", stage(`approve: «[lead]» //~ type-mismatch: \`approve\` expects a role, but this is a list`)],
    ["an approval by somebody who is no role", stage(`approve: «sales» //~ unresolved-reference: unknown name \`sales\``)],
    ["a model in quotes", `service s { model: «"ranker"» } //~ type-mismatch: \`model\` expects a model, but this is a text in quotes`],
    ["a model that is null", `service s { model: «null» } //~ type-mismatch: \`model\` expects a model, but this is \`null\``],
    ["a unit in quotes", `${rest}\nrollout r of ranker on s {\n  unit: «"sku"» //~ type-mismatch: a column of \`sales\` is expected, not \`"sku"\`\n  stage full { traffic: 100% }\n}`],
    ["a unit per something", `${rest}\nrollout r of ranker on s {\n  unit: «sku by country» //~ type-mismatch: a column of \`sales\` is expected\n  stage full { traffic: 100% }\n}`],
    ["a fallback in quotes", `service s {\n  model: ranker\n  otherwise: «"ranker.usual"» //~ type-mismatch: \`otherwise\` expects a fallback of the model, such as \`ranker.popular\`, but this is a text\n}`],
    ["a label of a number", `label l: bool {\n  of: «7» //~ type-mismatch: \`of\` expects a source, but this is a number\n  is: true\n}`],
    ["a label of some rows", `label l: bool {\n  of: «sales where gift» //~ type-mismatch: \`of\` expects a source, but this is \`… where …\`\n  is: gift\n}`],
    ["features of a call", `features f {\n  from: «csv("a")» //~ type-mismatch: \`from\` expects a source, also \`… where …\` or \`request { … }\`, but this is \`csv(…)\`\n  n = price\n}`],
    ["features by something", `features f for product {\n  from: «sales over 1h» //~ type-mismatch: but this is \`… over …\`\n  n = count() over 1d\n}`],
    ["examples in a list", `dataset d {\n  examples: «[sales]» //~ type-mismatch: but this is a list\n  label: bought\n  features: [sales.price]\n}`],
    ["a label in quotes", `dataset d {\n  examples: sales\n  label: «"bought"» //~ type-mismatch: \`label\` expects a label\n  features: [sales.price]\n}`],
    ["a feature in quotes", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price, «"sales.count"»] //~ type-mismatch: \`features\` expects \`view.*\`, \`view.feature\` or a column, but this is a text\n}`],
    ["no features", `dataset d {\n  examples: sales\n  label: bought\n  features: «[]» //~ type-mismatch: but this is an empty list\n}`],
    ["a test source in quotes", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  test: «"sales"» //~ type-mismatch: \`test\` expects a source\n}`],
    ["one per text", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  one_per: [«"sku"»] //~ type-mismatch: a column of \`sales\` is expected\n}`],
    ["a prediction from a text", `model m { predict: bought from «"examples"» } //~ type-mismatch: \`predict\` expects a dataset, but this is a text`],
    ["a slice that is always the same", `evaluation e of ranker {\n  slices: [«"country"»] //~ type-mismatch: is the same in every row\n  require auc >= 0.7\n}`],
    ["a slice that is null", `evaluation e of ranker {\n  slices: «null» //~ type-mismatch: is the same in every row\n  require auc >= 0.7\n}`],
    ["a time in quotes", `source x {\n  read: csv("a")\n  time: «"at"» //~ type-mismatch: \`time\` expects a column, but this is a text\n  columns { at: timestamp }\n}`],
    ["a purpose in quotes", `source x {\n  read: csv("a")\n  purpose: [«"ranking"»] //~ type-mismatch: \`purpose\` expects a word\n  columns { at: timestamp }\n}`],
    ["columns that are one column", `source x {\n  read: csv("a")\n  columns: «sales.price» //~ type-mismatch: \`columns\` expects the columns of another source\n}`],
    ["a column that is taken over and declared", `source x {\n  read: csv("a")\n  columns: sales.columns\n  columns { «price»: int } //~ duplicate-column: \`sales\` brings a column \`price\` already\n}`],
    ["no files", `source x {\n  read: «csv([])» //~ wrong-arguments: \`csv\` needs at least one file\n  columns { a: int }\n}`],
  ])("%s", async (_title, text) => check(inShop(text)));

  test.each([
    ["a stage over a time", stage(`require rate(errors) <= control over «1h» //~ wrong-clause: \`over\` says nothing here`)],
    ["a rate of a text", stage(`require rate(«"bought"») <= control //~ type-mismatch: a label, or \`errors\` is expected`)],
    ["a bound with a unit", stage(`require rate(errors) <= «7d» //~ type-mismatch: a bound is a number or a share, but this is a duration`)],
    ["a quantile of everything", stage(`require «latency.*» < 7ms //~ wrong-clause: a stage cannot measure \`latency.*\``)],
    ["a slice in quotes", `evaluation e of ranker {\n  slices: [sales.country]\n  require auc >= 0.7 by «"country"» //~ type-mismatch: the name of a slice is expected\n}`],
    ["an approval of a text", `${rest}\npolicy p { require approval(«"lead"») before full } //~ type-mismatch: one role is expected & unresolved-reference: unknown name \`full\``],
    ["a denial of a text", `policy p { deny «"inputs"» } //~ wrong-clause: a policy denies inputs by their tags`],
    ["a contract about a text", `source x {\n  read: csv("a")\n  columns { a: int }\n  expect { require missing(«"a"») < 1% } //~ type-mismatch: one column is expected\n}`],
    ["a contract per time", `source x {\n  read: csv("a")\n  columns { a: int }\n  expect { require missing(a) < 1% per «1d» } //~ wrong-clause: \`per\` says nothing here\n}`],
    ["rows before something", `source x {\n  read: csv("a")\n  columns { a: int }\n  expect { require inputs > 1 } //~ wrong-kind\n}`],
    ["events of everything", `label l: bool {\n  of: sales\n  is: exists(«sales.*» where same(product)) //~ type-mismatch: a source, or a column of one, is expected\n  within: 1d\n}`],
    ["the same text", `label l: bool {\n  of: sales\n  is: exists(sales where same(«"product"»)) //~ type-mismatch: one entity or column is expected\n  within: 1d\n}`],
    ["two conditions of one aggregate", `features f for product {\n  from: sales\n  n = count(where gift, «where price > 1») over 1d //~ wrong-arguments: join conditions by \`and\`\n}`],
    ["a tag on a fallback", `model m {\n  predict: bought from examples\n  fallback f = 0.1 «@pii» //~ misplaced-item: tags belong to columns and features\n}`],
    ["a column twice in a request", `features f {\n  from: request { a: int, «a»: float } //~ duplicate-column: there are two columns \`a\`\n  n = a\n}`],
    ["groups by nothing", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  split: by_group(«[]») //~ wrong-arguments: \`by_group\` needs a column\n}`],
    ["groups by a text", `dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  split: by_group(«"sku"») //~ type-mismatch: a column of \`sales\` is expected\n}`],
  ])("in a clause or call: %s", async (_title, text) => check(inShop(text)));

  test.each([
    [`service s { model: "ranker" }`, "ranker"],
    [stage(`approve: "lead"`), "lead"],
    [`${rest}\nrollout r of ranker on s {\n  unit: "sku"\n  stage full { traffic: 100% }\n}`, "sku"],
    [stage(`approve: [lead]`), "lead"],
  ])("the quick fix is the name itself: %s", async (text, name) => {
    const { diagnostics } = await open(inShop(text));
    expect(diagnostics.find((d) => d.code === "type-mismatch")?.data).toMatchObject({ fixes: [{ title: `Change to \`${name}\``, edits: [{ newText: name }] }] });
  });
});
