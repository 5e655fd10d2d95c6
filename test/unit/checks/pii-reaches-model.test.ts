import { describe, expect, test } from "vitest";
import type { CompiledSpec, Encoding } from "../../../grammar/compiled-spec/index.ts";
import {
  call, col, column, countOver, dataset, day, deny, entityColumn, exampleColumn, feature, findings, impressions, input, line, messages, model, num, over, policy, purchases,
  requestView, rowFeature, shop, source, text, view, when,
} from "./spec-builder.ts";

const check = "pii-reaches-model";
const vocabulary: Encoding = { kind: "embedding", size: 8, top: 100, buckets: null };
const mails = (value = col("email"), encode: Encoding = vocabulary, parts: Partial<CompiledSpec> = {}) => shop({
  datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.bought_28d", "shopper_id"), exampleColumn("country"), exampleColumn("email")])],
  models: [model("ranker", "shown", [input("mail", value, encode)])],
  ...parts,
});

describe("pii-reaches-model fires", () => {
  test("for a tagged column that is an input, with the way it takes", () => {
    const [finding] = findings(check, mails());
    expect(finding?.message).toBe(
      "Data tagged @pii reaches model `ranker` through input `mail`: column `impressions.email` → dataset `shown` → input `ranker.mail` → model `ranker`. "
      + "Without a policy, personal data must be hashed on the way: hash it (`hashed(…)`, or an encoding with `buckets`) or leave the input out.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.related.map(({ message }) => message)).toEqual(["column `impressions.email` is tagged @pii", "by way of dataset `shown`"]);
    expect(finding?.data?.["path"]).toEqual(["impressions.email", "shown.email", "ranker.mail", "ranker"]);
  });

  test("through a computed column, a feature and a join (indirect)", () => {
    const people = source("people", [
      column("shopper_id", { entity: "shopper" }), column("birth", { tags: ["pii"] }), column("age", { kind: "float", value: call("int", col("birth")) }),
    ], { time: "seen_at" });
    expect(messages(check, shop({
      sources: [impressions(), purchases(), people],
      features: [view("person", "shopper", "people", [feature("years", over("last", col("age"), null))])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("person.years", "shopper_id")])],
      models: [model("ranker", "shown", [input("years", call("log1p", col("person.years")))])],
    }))).toEqual([
      "Data tagged @pii reaches model `ranker` through input `years`: column `people.birth` → column `people.age` → feature `person.years` → dataset `shown` → input `ranker.years` → model `ranker`. "
      + "Without a policy, personal data must be hashed on the way: hash it (`hashed(…)`, or an encoding with `buckets`) or leave the input out.",
    ]);
  });

  test("through a feature of the request, which the graph shows as a hop (indirect)", () => {
    const domain = call("lower", col("email"));
    const base = dataset("shown", "impressions", "purchased", [exampleColumn("email")]);
    expect(messages(check, mails(domain, vocabulary, {
      features: [requestView("caller", [column("email")], [feature("domain", domain)])],
      datasets: [{ ...base, features: [rowFeature("caller.domain", domain)] }],
    }))[0]).toContain("column `impressions.email` → dataset `shown` → feature `caller.domain` → input `ranker.mail` → model `ranker`");
  });

  test("for a tag on a feature itself, and on a request's field", () => {
    const tagged = shop({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-day), { tags: ["pii"] })])] });
    expect(messages(check, tagged)[0]).toContain(": feature `history.bought_28d` → dataset `shown` → input `ranker.bought` → model `ranker`.");
    const mail = call("lower", col("mail"));
    const base = dataset("shown", "impressions", "purchased", [exampleColumn("mail")]);
    expect(messages(check, mails(mail, vocabulary, {
      features: [requestView("caller", [column("mail", { tags: ["pii"] })], [feature("low", mail)])],
      datasets: [{ ...base, features: [rowFeature("caller.low", mail)] }],
    }))[0]).toContain(": request field `caller.mail` → feature `caller.low` → input `ranker.mail` → model `ranker`.");
  });

  test("when it is hashed in one place and not in another", () => {
    expect(messages(check, mails(call("concat", call("string", call("hashed", col("email"))), col("email"))))).toHaveLength(1);
  });

  test("when it decides a value by a condition", () => {
    expect(messages(check, mails(when(call("ends_with", col("email"), text(".edu")), num(1), num(0))))).toHaveLength(1);
  });

  test("once for an input with two tagged columns, naming both", () => {
    const both = mails(call("concat", col("email"), col("shopper_id")), vocabulary, {
      datasets: [dataset("shown", "impressions", "purchased", [exampleColumn("email"), exampleColumn("shopper_id")])],
    });
    const found = findings(check, both);
    expect(found).toHaveLength(1);
    expect(found[0]?.related.at(-1)?.message).toBe("column `impressions.email` reaches the input as well");
  });

  test("against a rule on two tags: when both are there, and then every stream with one of them is named", () => {
    const sources = [impressions({ columns: [{ ...column("email", { tags: ["minor", "pii"] }), origin: line(4) }, { ...column("shopper_id", { tags: ["pii"] }), origin: line(5) }] }), purchases()];
    const [finding] = findings(check, mails(call("concat", col("email"), col("shopper_id")), vocabulary, {
      sources, policies: [policy("children", deny(["pii", "minor"]))], datasets: [dataset("shown", "impressions", "purchased", [exampleColumn("email"), exampleColumn("shopper_id")])],
    }));
    expect(finding?.message).toContain("Data tagged @pii @minor reaches model `ranker`");
    expect(finding?.message).toContain("Policy `children` denies `inputs where pii and minor`: leave the input out.");
    expect(finding?.related.map(({ message }) => message)).toEqual([
      "column `impressions.email` is tagged @minor @pii", "by way of dataset `shown`", "column `impressions.shopper_id` reaches the input as well", "policy `children` denies it",
    ]);
    expect(finding?.related[2]?.origin).toEqual(line(5));
    expect(finding?.data).toEqual({ model: "ranker", input: "mail", tags: ["pii", "minor"], path: ["impressions.email", "shown.email", "ranker.mail", "ranker"] });
  });

  test("with hashing as a way out where the policy's rule leaves it", () => {
    expect(messages(check, mails(col("email"), vocabulary, { policies: [policy("privacy", deny(["pii"], ["hashed"]))] }))[0]).toContain(
      "Policy `privacy` denies `inputs where pii and not hashed`: hash it (`hashed(…)`, or an encoding with `buckets`) or leave the input out.",
    );
  });

  test("against a policy's rule, in the policy's words, for any tag", () => {
    const policies = [policy("fair", { ...deny(["protected"]), origin: line(30) })];
    const sources = [impressions({ columns: [column("sex", { tags: ["protected"] })] }), purchases()];
    const datasets = [dataset("shown", "impressions", "purchased", [exampleColumn("sex")])];
    const [finding] = findings(check, shop({ policies, sources, datasets, models: [model("ranker", "shown", [input("sex", call("hashed", col("sex")))])] }));
    expect(finding?.message).toBe(
      "Data tagged @protected reaches model `ranker` through input `sex`: column `impressions.sex` → dataset `shown` → input `ranker.sex` → model `ranker`. "
      + "Policy `fair` denies `inputs where protected`: leave the input out.",
    );
    expect(finding?.related).toContainEqual({ origin: line(30), message: "policy `fair` denies it" });
  });
});

describe("pii-reaches-model is silent", () => {
  test("when it is hashed, by the function or by the encoding", () => {
    expect(messages(check, mails(call("hashed", col("email"))))).toEqual([]);
    expect(messages(check, mails(call("hashed", call("lower", col("email")))))).toEqual([]);
    expect(messages(check, mails(col("email"), { kind: "embedding", size: 8, top: null, buckets: 1000 }))).toEqual([]);
    expect(messages(check, mails(col("email"), { kind: "hashed-one-hot", buckets: 64 }))).toEqual([]);
  });

  test("when it was hashed in a feature, though the dataset's column repeats the tag", () => {
    expect(messages(check, shop({
      sources: [impressions(), source("people", [column("shopper_id", { entity: "shopper" }), column("mail", { tags: ["pii"] })])],
      features: [view("person", "shopper", "people", [feature("mail", over("last", call("hashed", col("mail")), null))])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("person.mail", "shopper_id", { tags: [{ name: "pii", argument: null }] })])],
      models: [model("ranker", "shown", [input("mail", col("person.mail"))])],
    }))).toEqual([]);
  });

  test("for counts, keys and filters: how many there are is not who they are", () => {
    const events = [feature("bought_28d", over("distinct", col("shopper_id"), -day, 0, call("equal", col("shopper_id"), text("x"))))];
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", events, { where: call("not_equal", col("shopper_id"), text("test")) })] }))).toEqual([]);
    expect(messages(check, mails(call("is_null", col("email"))))).toEqual([]);
  });

  test("for tagged columns that are kept for evaluation, or read by the label or the weight only", () => {
    expect(messages(check, shop({ datasets: [{ ...shop().datasets[0]!, weight: col("email") }] }))).toEqual([]);
  });

  test("when the policy allows it by another tag", () => {
    const sources = [impressions({ columns: [column("email", { tags: ["pii", "consented"] })] }), purchases()];
    expect(messages(check, mails(col("email"), vocabulary, { sources, policies: [policy("privacy", deny(["pii"], ["consented", "hashed"]))] }))).toEqual([]);
  });

  test("for a feature that hashes and still calls itself personal", () => {
    expect(messages(check, shop({
      sources: [impressions(), source("people", [column("shopper_id", { entity: "shopper" }), column("mail", { tags: ["pii"] })])],
      features: [view("person", "shopper", "people", [feature("mail", over("last", call("hashed", col("mail")), null), { tags: ["pii"] })])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("person.mail", "shopper_id")])],
      models: [model("ranker", "shown", [input("mail", col("person.mail"))])],
    }))).toEqual([]);
  });

  test("when a rule names no tag", () => {
    expect(messages(check, mails(col("country"), vocabulary, { policies: [policy("empty", deny([]))] }))).toEqual([]);
  });

  test("when a rule asks for two tags and only one is there", () => {
    expect(messages(check, mails(col("email"), vocabulary, { policies: [policy("privacy", deny(["pii", "minor"]))] }))).toEqual([]);
  });

  test("when the way is interrupted by a name that is not in the spec", () => {
    expect(messages(check, mails(col("email"), vocabulary, { sources: [], datasets: [dataset("other", "impressions", "purchased", [exampleColumn("email")])] }))).toEqual([]);
  });
});
