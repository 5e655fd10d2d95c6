/** Names of the language that a declaration would take the place of without a word. */
import { describe, expect, test } from "vitest";
import { check, compile, shop } from "./harness.ts";

describe("a name that the language has", () => {
  test("`current` is the live version, and no baseline", () => check(`${shop}
evaluation e of ranker {
  baseline «current» = 0.5 //~ syntax: \`current\` is a word of the language and cannot be a name here: \`current.auc\` is what the version that is live now reaches
  require auc >= current.auc - 0.05
}`));

  test("`rate(errors)` counts failed requests, and no label", () => check(`${shop}
label «errors»: bool { of: sales, is: gift } //~ syntax: \`errors\` is a word of the language and cannot be a name here: \`rate(errors)\` is the rate of requests that failed
`));

  test("where it stands for nothing else it is a name like any", async () => {
    const { evaluations, labels } = await compile(`${shop}
label latency: bool { of: sales, is: gift }
evaluation e of ranker {
  slice current = price > 3
  baseline now = 0.5
  require auc >= now.auc by current
}`);
    expect(evaluations[0]).toMatchObject({ slices: [{ name: "current" }], baselines: [{ name: "now" }] });
    expect(labels.map(({ name }) => name)).toContain("latency");
  });

  const counted = (require: string, column = "rows: int"): string => `source pages {
  read: csv("pages.csv")
  columns { ${column}, width: int }
  expect { require ${require} }
}
`;
  test.each([
    "«rows» >= 1000", "(«rows») in 1..5", "«rows» in 1k..5M per 1d", "1000 <= «rows»", "«rows» > width and width > 0", "abs(«rows») > 1",
  ])("`rows` counts the rows: where a column is called so, `require %s` says which", (require) =>
    check(counted(`${require} //~ ambiguous-name: \`rows\` is the number of rows, and a column of \`pages\`\n`)));
  test("also where the column is another source's, taken over", () => check(`${counted("width > 0")}
source more {
  read: csv("more.csv")
  columns: pages.columns
  expect { require «rows» > 5 //~ ambiguous-name: and a column of \`more\`
  }
}`));
  test("the column has its full name there, and is asked for by `missing` and `distinct`", async () => {
    const { sources } = await compile(counted("pages.rows >= 5 and width > 0; require missing(rows) < 1%; require distinct(pages.rows) > 2; require pages.width < 9"));
    expect(sources[0]?.expect).toMatchObject([{ kind: "each" }, { kind: "missing", column: "rows" }, { kind: "distinct", column: "rows" }, { kind: "each" }]);
  });
  test("with another name for the column the rows are counted", async () => {
    const { sources } = await compile(counted("rows >= 1000", 'rows_: int from "rows"'));
    expect(sources[0]?.expect).toMatchObject([{ kind: "rows", low: 1000 }]);
  });
  test("in a contract no column of another source can be asked for", () => check(`${counted("width > 0", "height: int")}
source more {
  read: csv("more.csv")
  columns { rows: int }
  expect { require «pages».width > 5 //~ unresolved-reference: unknown name \`pages\`
  }
}`));
});
