/** docs/metrics.md lists exactly what a server shows at /metrics. `WRITE=1 npx vitest run …` writes its table. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metric } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMetrics } from "../../../runtime/serving/metrics.ts";
import { mlspec, start, type Started } from "../cli/mlspec.ts";
import { project, people, type Project } from "../cli/people.ts";
import { root } from "./pages.ts";

const file = join(root, "docs", "metrics.md");
const { register } = createMetrics("answer", "buyer");
const labelsOf = (name: string): readonly string[] => ((register.getSingleMetric(name) as Metric & { readonly labelNames: readonly string[] } | undefined)?.labelNames ?? []).filter((label) => label !== "le");

let folder: Project;
let server: Started;
let shown: string;
beforeAll(async () => {
  folder = await project();
  expect((await mlspec(folder.folder, "run", "people.mlspec")).code).toBe(0);
  server = start(folder.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  const { url } = await server.event<{ type: string; url: string }>("listening");
  const [person] = people(1);
  await fetch(`${url}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ...person, age: 40, income: 1, more: 1 }) });
  await fetch(`${url}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
  shown = await (await fetch(`${url}/metrics`)).text();
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await folder.remove();
});

test("the table has exactly the metrics of a real server, with type, labels and meaning", () => {
  const types = new Map([...shown.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]));
  const rows = [...shown.matchAll(/^# HELP (mlspec_\S+) (.*)$/gm)].map(([, name = "", help = ""]) => `| \`${name}\` | ${types.get(name)} | ${labelsOf(name).map((label) => `\`${label}\``).join(", ")} | ${help} |`);
  const table = ["| metric | type | labels | |", "|---|---|---|---|", ...rows.sort()].join("\n");
  const filled = readFileSync(file, "utf8").replace(/(<!-- metrics -->\n)[^]*?(<!-- end -->)/, (_, before: string, after: string) => `${before}\n${table}\n\n${after}`);
  if (process.env["WRITE"] !== undefined) writeFileSync(file, filled);
  expect(readFileSync(file, "utf8"), "`WRITE=1` writes the table anew").toBe(filled);
});

test("each series of the server has the labels that the table says, and `service` and `model`", () => {
  const series = [...shown.matchAll(/^(mlspec_\w+)\{(.*)\} \S+$/gm)].map(([, name = "", labels = ""]) => ({ name: name.replace(/_(bucket|sum|count)$/, ""), labels: [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label) }));
  expect(series.length).toBeGreaterThan(30);
  for (const { name, labels } of series) expect(labels.filter((label) => label !== "le").sort(), name).toEqual([...labelsOf(name), "service", "model"].sort());
});

test("rules and text name metrics and buckets that there are", () => {
  const text = readFileSync(file, "utf8");
  const names = [...text.matchAll(/\bmlspec_[a-z_]+[a-z]/g)].map(([name]) => name);
  expect(names.filter((name) => register.getSingleMetric(name.replace(/_(bucket|sum|count)$/, "")) === undefined)).toEqual([]);
  for (const [, le = ""] of text.matchAll(/le="([\d.]+)"/g)) expect(shown, le).toContain(`le="${le}"`);
});
