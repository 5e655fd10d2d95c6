import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const extension = join(import.meta.dirname, "../../../extension");
const manifest = JSON.parse(readFileSync(join(extension, "package.json"), "utf8")) as Manifest;
const { contributes } = manifest;

interface Named { readonly command: string; readonly when?: string }
interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly Named[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly languages: readonly { readonly configuration: string; readonly icon: { readonly light: string; readonly dark: string } }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly walkthroughs: readonly { readonly id: string; readonly steps: readonly Step[] }[];
  };
}
interface Step { readonly description: string; readonly media: { readonly markdown: string }; readonly completionEvents: readonly string[] }

/** All source of the extension; vscode itself is not there to import it. */
const source = (readdirSync(extension, { recursive: true, encoding: "utf8" })).filter((name) => name.endsWith(".ts")).map((name) => readFileSync(join(extension, name), "utf8")).join("\n");
const commandIds = new Set(contributes.commands.map(({ command }) => command));
const viewIds = new Set(Object.values(contributes.views).flat().map(({ id }) => id));
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

describe("the extension's manifest", () => {
  it("declares the commands that the code registers, but for those that only lenses call", () => {
    const registered = [...readFileSync(join(extension, "commands/index.ts"), "utf8").matchAll(/^ {2}"(mlspec\.[\w.]+)":/gm)].map((match) => match[1]!);
    expect(new Set(registered.filter((id) => id !== "mlspec.showReferences"))).toEqual(commandIds);
  });

  it("shows only commands that it declares in menus", () => {
    for (const [menu, items] of Object.entries(contributes.menus)) for (const { command } of items) expect(commandIds, menu).toContain(command);
  });

  it("names only views and item kinds that exist in conditions", () => {
    const kinds = new Set([...source.matchAll(/context: (?:url \? )?"(\w+)"(?: : "(\w+)")?|return "(rollout\w+)"|\? "(rollout)"/g)].flatMap((match) => match.slice(1).filter(Boolean)));
    for (const { when = "" } of Object.values(contributes.menus).flat()) {
      for (const [, view] of when.matchAll(/view == ([\w.]+)/g)) expect(viewIds).toContain(view);
      for (const [, kind] of when.matchAll(/viewItem == (\w+)/g)) expect(kinds).toContain(kind);
    }
    for (const { view } of contributes.viewsWelcome) expect(viewIds).toContain(view);
    expect(Object.keys(contributes.views)).toEqual(contributes.viewsContainers.activitybar.map(({ id }) => id));
  });

  it("links to commands and walkthroughs that exist", () => {
    const texts = [...contributes.viewsWelcome.map(({ contents }) => contents), ...steps.map(({ description }) => description)].join("\n");
    for (const [, command] of texts.matchAll(/\(command:(mlspec\.[\w.]+)/g)) expect(commandIds).toContain(command);
    for (const [, id] of texts.matchAll(/openWalkthrough\?%22mlspec\.mlspec%23([\w.]+)%22/g)) expect(contributes.walkthroughs.map((each) => each.id)).toContain(id);
    for (const event of steps.flatMap(({ completionEvents }) => completionEvents)) if (event.startsWith("onCommand:")) expect(commandIds).toContain(event.slice("onCommand:".length));
  });

  it("names files that are there", () => {
    const languages = contributes.languages.flatMap(({ configuration, icon }) => [configuration, icon.light, icon.dark]);
    const files = [manifest.icon, ...languages, ...contributes.grammars.map(({ path }) => path), ...contributes.snippets.map(({ path }) => path), ...contributes.viewsContainers.activitybar.map(({ icon }) => icon), ...steps.map(({ media }) => media.markdown)];
    for (const file of files) expect(existsSync(join(extension, file)), file).toBe(true);
  });

  it("declares the settings that the code reads", () => {
    const read = [...readFileSync(join(extension, "settings.ts"), "utf8").matchAll(/configuration\.get\("([\w.]+)"/g)].map((match) => `mlspec.${match[1]!}`);
    for (const setting of read) expect(contributes.configuration.properties).toHaveProperty([setting]);
  });
});
