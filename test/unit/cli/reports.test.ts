import { describe, expect, it } from "vitest";
import pc from "picocolors";
import { githubReport } from "../../../cli/report/github.ts";
import { jsonReport } from "../../../cli/report/json.ts";
import { junitReport } from "../../../cli/report/junit.ts";
import type { Problem, ValidationReport } from "../../../cli/report/problem.ts";
import { sarifReport } from "../../../cli/report/sarif.ts";
import { textReport } from "../../../cli/report/text.ts";
import type { Terminal } from "../../../cli/terminal.ts";

const cwd = "/repo";
const problem: Problem = {
  file: "/repo/specs/shop.mlspec",
  range: { start: { line: 2, character: 10 }, end: { line: 2, character: 16 } },
  severity: "error", code: "unresolved-reference",
  message: 'there is no column `shoper` in 50% of "shop", <really>',
  hint: "Did you mean `shopper`?",
  related: [{ file: "/repo/specs/catalog.mlspec", range: { start: { line: 0, character: 7 }, end: { line: 0, character: 14 } }, message: "declared here" }],
};
const warning: Problem = { ...problem, severity: "warning", code: "no-fallback", message: "the model\nhas none", hint: null, related: [] };
const report = (...problems: readonly Problem[]): ValidationReport => ({ files: ["/repo/specs/shop.mlspec", "/repo/specs/clean.mlspec"], problems, seconds: 0.25, version: "1.2.3" });
const terminal: Terminal = { out: () => undefined, err: () => undefined, interactive: false, columns: 100, colors: pc.createColors(false), cwd, outliveReader: () => undefined, env: {}, now: () => new Date(0) };

describe("text", () => {
  it("shows the line, a caret under the place, the related place and the hint", () => {
    expect(textReport(report(problem), terminal, () => "  entity: shoper   // note")).toBe([
      'error[unresolved-reference]: there is no column `shoper` in 50% of "shop", <really>',
      "  --> specs/shop.mlspec:3:11",
      "  3 |   entity: shoper   // note",
      "    |           ^^^^^^",
      "  note: declared here (specs/catalog.mlspec:1:8)",
      "  hint: Did you mean `shopper`?",
      "",
      "1 error in 2 files in 0.3 s",
      "",
    ].join("\n"));
  });

  it("says so when there is nothing to say", () => {
    expect(textReport(report(), terminal, () => null)).toBe("no problems in 2 files in 0.3 s\n");
  });
});

describe("json", () => {
  it("has a summary for scripts and every problem", () => {
    const parsed = JSON.parse(jsonReport(report(problem, warning))) as { summary: unknown; problems: unknown[] };
    expect(parsed.summary).toEqual({ files: 2, errors: 1, warnings: 1, infos: 0 });
    expect(parsed.problems).toEqual([problem, warning]);
  });
});

describe("github", () => {
  it("escapes what workflow commands would read as their own", () => {
    expect(githubReport(report(problem, warning), cwd)).toBe(
      '::error file=specs/shop.mlspec,line=3,endLine=3,col=11,endColumn=17,title=unresolved-reference::there is no column `shoper` in 50%25 of "shop", <really>%0ADid you mean `shopper`?\n'
      + "::warning file=specs/shop.mlspec,line=3,endLine=3,col=11,endColumn=17,title=no-fallback::the model%0Ahas none\n",
    );
  });
});

describe("junit", () => {
  it("fails a case per error, passes one for a clean file, and escapes XML", () => {
    const xml = junitReport(report(problem, warning), cwd);
    expect(xml).toContain('<testsuites name="mlspec validate" tests="3" failures="1" time="0.250">');
    expect(xml).toContain('<testsuite name="specs/clean.mlspec" tests="1" failures="0">');
    expect(xml).toContain('message="there is no column `shoper` in 50% of &quot;shop&quot;, &lt;really&gt;"');
    expect(xml.match(/<failure /g)).toHaveLength(1);
  });

  it("drops characters that XML cannot hold", () => {
    expect(junitReport(report({ ...problem, message: "a\u0000b\u001fc" }), cwd)).toContain('message="abc"');
  });
});

describe("sarif", () => {
  it("places results relative to the root, counts from 1 and keeps a stable fingerprint", () => {
    interface Log { runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; locations: { physicalLocation: unknown }[]; partialFingerprints: unknown; relatedLocations: unknown[] }[] }[] }
    const run = (JSON.parse(sarifReport(report(problem, warning), cwd, () => null)) as Log).runs[0]!;
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(["no-fallback", "unresolved-reference"]);
    expect(run.results[0]).toMatchObject({ ruleId: "unresolved-reference", ruleIndex: 1, level: "error" });
    expect(run.results[0]!.locations[0]!.physicalLocation).toEqual({
      artifactLocation: { uri: "specs/shop.mlspec", uriBaseId: "ROOT" },
      region: { startLine: 3, startColumn: 11, endLine: 3, endColumn: 17 },
    });
    const moved = { ...problem, range: { start: { line: 9, character: 0 }, end: { line: 9, character: 4 } } };
    const again = (JSON.parse(sarifReport(report(moved), cwd, () => null)) as Log).runs[0]!;
    expect(again.results[0]!.partialFingerprints).toEqual(run.results[0]!.partialFingerprints);
  });
});
