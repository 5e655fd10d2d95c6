/**
 * Files that import each other are read once, for all of them: what is found does not depend on who asked first, is what is found in the whole, and the
 * work grows with the files and not with their pairs.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LangiumDocument } from "langium";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import { checks } from "../../../language-server/checks/index.ts";
import { noFallback } from "../../../language-server/checks/no-fallback.ts";
import { piiReachesModel } from "../../../language-server/checks/pii-reaches-model.ts";
import { runChecks } from "../../../language-server/checks/run-checks.ts";
import { Context } from "../../../language-server/compile/context.ts";
import { Names } from "../../../language-server/language/names.ts";
import { entranceOf } from "../../../language-server/validation/entrance.ts";
import { findingsIn } from "../../../language-server/validation/findings.ts";
import { corpus } from "../mutation/corpus.ts";
import { random } from "../mutation/mutate.ts";
import { inFiles, validated, type Files } from "./many-files.ts";

afterEach(() => vi.restoreAllMocks());

const shown = (documents: readonly LangiumDocument[]) => new Map(documents.map((d) => [d.uri.path, d.diagnostics]));

/** Groups of what may stand beside the shop of the explanations, and touch it from another file. */
const besides = [
  "policy privacy { deny inputs where pii and not hashed }", "policy careful { require approval(nobody) before canary }\nrole nobody { members: [] }",
  "source also {\n  read: csv(\"also.csv\")\n  columns: impressions.columns\n}\nfeatures above {\n  from: also\n  high = position + 1\n}",
  "evaluation again of ranker { require auc >= 0.8 }", "slo fast of recommend { objective: share(succeeded) >= 99.9% over 7d }",
  "label late: bool {\n  of: impressions\n  is: exists(purchases where same(shopper))\n  within: 300d\n}"
  + "\ndataset slow {\n  examples: impressions\n  label: late\n  features: [history.*]\n  split: by_time(train: 80%, validate: 10%, test: 10%)\n}"
  + "\nmodel other {\n  predict: late from slow\n  fallback f = 0.1\n}\nservice third { model: other }",
  "features ahead for shopper {\n  from: purchases\n  long = count() over 390d\n  online: false\n}",
  "service second { model: ranker }\nrollout careless of ranker on second {\n  unit: shopper_id\n  stage s { traffic: 1%, hold: 1h, require rate(errors) <= control }\n  stage whole { traffic: 100% }\n}",
];

const shops = corpus.filter((spec) => spec.includes("source impressions") && spec.includes("rollout release of ranker on recommend"));
const workspaceOf = (seed: number): Files => {
  const pick = random(seed);
  const spec = shops[pick(shops.length)] ?? "";
  return inFiles([spec, ...besides.filter(() => pick(3) === 0)].join("\n\n"), pick);
};
const seeds = (n: number) => Array.from({ length: n }, (_, seed) => seed);

interface Found {
  readonly file: string;
  readonly check: string;
  /** It names places in other files. */
  readonly across: boolean;
}

/** What each file is told, once it is seen to be what the checks find in the whole; nothing when there are other errors. */
async function findingsOfTheWhole(files: Files): Promise<readonly Found[]> {
  const { documents, mlspec: { compile: { Elaborations }, language } } = await validated(files);
  if (documents.some((d) => d.diagnostics?.some((p) => p.severity === 1 && checks.every(({ id }) => id !== p.code)))) return [];
  return documents.flatMap((document) => {
    const all = Elaborations.documentsOf(document);
    const whole = findingsIn(runChecks(Elaborations.compile(document), { entrance: entranceOf(all, language.Names) }), all);
    const told = (document.diagnostics ?? []).map((d) => ({ range: d.range, code: d.code, message: d.message, places: d.relatedInformation?.map((r) => [r.location.uri, r.location.range]) }));
    expect(told).toEqual(whole.map((f) => ({ range: f.range, code: f.check, message: f.message, places: f.related.map((r) => [r.uri, r.range]) })));
    return whole.map(({ check, related }) => ({ file: document.uri.path, check, across: related.some((r) => r.uri !== document.uri.toString()) }));
  });
}

describe("files that import each other", () => {
  test("are told what the checks find in the whole of what each imports", async () => {
    const found = (await Promise.all(seeds(60).map((seed) => findingsOfTheWhole(workspaceOf(seed))))).flat();
    // Otherwise nothing was compared.
    expect(new Set(found.map(({ check }) => check)).size).toBeGreaterThan(8);
    expect(found.filter(({ across }) => across).length).toBeGreaterThan(20);
  }, 60_000);

  test("are told of a policy where it stands, when an imported model breaks it", async () => {
    const found = await findingsOfTheWhole({ "policy.mlspec": `import "./shop.mlspec"\npolicy privacy { deny inputs where pii }\n`, "shop.mlspec": exampleSpec(piiReachesModel.explanation.failing) });
    expect(found).toContainEqual({ file: "/policy.mlspec", check: "pii-reaches-model", across: true });
  });

  test("are not told of a feature's window where an imported file needs more of it", async () => {
    const dataset = (name: string, within: string): string => `label is_${name}: bool {\n  of: shown\n  is: exists(bought where same(shopper))\n  within: ${within}\n}
dataset ${name} {\n  examples: shown\n  label: is_${name}\n  features: [history.*]\n}\n`;
    const files = (slow: string): Files => ({
      "main.mlspec": `import "./features.mlspec"\nimport "./other.mlspec"\n${dataset("quick", "20d")}`,
      "other.mlspec": `import "./features.mlspec"\n${dataset("slow", slow)}`,
      "features.mlspec": `entity shopper { key: id }\n${["shown", "bought"].map((name) => `source ${name} {\n  read: csv("${name}.csv")\n  time: at\n  retain: 30d\n  columns { id: string -> shopper, at: timestamp }\n}\n`).join("")}`
        + "features history for shopper {\n  from: bought\n  n = count() over 28d\n}\n",
    });
    const told = async (slow: string) => (await findingsOfTheWhole(files(slow))).filter(({ check }) => check === "window-exceeds-retention").map(({ file }) => file);
    expect(await told("10d")).toEqual(["/main.mlspec", "/other.mlspec"]);
    expect(await told("25d")).toEqual(["/other.mlspec"]);
  });

  test("are told the same in whatever order, together or one at a time", async () => {
    for (const seed of seeds(20)) {
      const files = workspaceOf(seed);
      const pick = random(seed + 1000);
      const broken = seed % 2 === 0 ? files : Object.fromEntries(Object.entries(files).map(([name, text]) => [name, pick(3) === 0 ? text.replace(/\w+ \{/, "{") : text]));
      const names = Object.keys(broken).map((name) => ({ name, at: pick(1000) })).toSorted((a, b) => a.at - b.at).map(({ name }) => name);
      const together = shown((await validated(broken)).documents);
      expect(shown((await validated(broken, names)).documents)).toEqual(together);
      expect(shown((await validated(broken, names, "one at a time")).documents)).toEqual(together);
    }
  }, 60_000);
});

/** Each file has a whole model, on the columns of the next file's source, and judges the next file's model. */
const link = (i: number, last: boolean): string => `${last ? "" : `import "./f${i + 1}.mlspec"\n`}
entity e${i} { key: k }
source s${i} {
  read: csv("s.csv")
  time: at
  ${last ? `columns { k: string -> e${i}, good: bool, x: float @pii, at: timestamp }` : `columns: s${i + 1}.columns`}
}
features f${i} for ${last ? `e${i}` : `e${i + 1}`} { from: s${i}\n  n = count() over 7d }
label l${i}: bool { of: s${i}\n  is: good }
dataset d${i} { examples: s${i}\n  label: l${i}\n  features: [f${i}.*, s${i}.x] }
model m${i} { predict: l${i} from d${i}\n  fallback low = 0.1 }
evaluation q${i} of m${last ? i : i + 1} { require auc >= 0.7 }
service v${i} { model: m${i}, otherwise: m${i}.low }
`;
const chain = (n: number): Files => Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}.mlspec`, link(i, i === n - 1)]));

/** How often a declaration or a part of one was compiled, how many declarations were checked, and how often a file's imports were looked up. */
async function workOn(files: Files): Promise<{ readonly compiled: number; readonly checked: number; readonly lookedUp: number }> {
  const [named, check, imports] = [vi.spyOn(Context.prototype, "named"), vi.spyOn(noFallback, "run"), vi.spyOn(Names.prototype, "importsOf")];
  await validated(files);
  const checked = check.mock.calls.reduce((sum, [{ spec }]) => sum + Object.values(spec).filter(Array.isArray).reduce((all, part: readonly unknown[]) => all + part.length, 0), 0);
  const work = { compiled: named.mock.calls.length, checked, lookedUp: imports.mock.calls.length };
  vi.restoreAllMocks();
  return work;
}

test("the work grows with the length of a chain of imports, and not with its square", async () => {
  const [short, middle, long] = [await workOn(chain(10)), await workOn(chain(20)), await workOn(chain(30))];
  for (const part of ["compiled", "checked", "lookedUp"] as const) {
    expect(short[part]).toBeGreaterThan(0);
    expect({ part, more: long[part] - middle[part] }).toEqual({ part, more: middle[part] - short[part] });
  }
});
