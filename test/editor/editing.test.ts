/** Writing a spec in a real editor, with the packaged extension. */
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { session } from "./session.ts";
import { emptyWorkspace, shopWorkspace } from "./shop.ts";

const at = session("editing", () => shopWorkspace(), { trust: true }, "shop.mlspec");

describe("a spec in the editor", () => {
  it("has its icon, colours, outline and breadcrumbs", async () => {
    const { window: w } = at;
    expect(await w.page.locator(".tab.active .mlspec-lang-file-icon").count()).toBe(1);
    // The keyword, the declared name, the comment and the number each have a colour of their own.
    await w.line("features habits").waitFor();
    const colours = async () => new Set(await Promise.all(["features", "habits", "/// What this customer did lately.", "7d"].map((text) => w.colourOf(text)))).size;
    await expect.poll(colours, { timeout: 15_000 }).toBe(4);
    await w.cursorBehind("offers_7d = count");
    await w.page.locator(".breadcrumbs-control", { hasText: /shop\.mlspec.*habits.*offers_7d/s }).waitFor();
    await w.page.keyboard.press("Control+Shift+O");
    await w.pickRow("habits").waitFor();
    await w.screenshot("editing-1-outline");
    for (const symbol of ["takes", "history", "taker", "release"]) {
      await w.quickInput().fill(`@${symbol}`);
      await w.pickRow(symbol).waitFor();
    }
    await w.page.keyboard.press("Escape");
  });

  it("shows a mistake while it is there, and what to do about it", async () => {
    const { window: w } = at;
    await w.showProblems();
    await w.focusFile("shop.mlspec");
    await w.cursorBehind("predict: takes");
    await w.type("x");
    await w.squiggles().first().waitFor();
    await w.problem(/unknown name `takesx`/).waitFor();
    await w.screenshot("editing-2-mistake");
    await w.page.keyboard.press("Backspace");
    await w.errorsGone();
    await w.problem(/takesx/).waitFor({ state: "detached" });
  });

  it("mends a mistake by a quick fix", async () => {
    const { window: w } = at;
    await w.cursorBehind("examples: offer");
    await w.type("z");
    await w.squiggles().first().waitFor();
    const fix = await w.quickFix("offers");
    await w.screenshot("editing-3-quick-fix");
    await fix.click();
    await w.errorsGone();
    expect(await w.lines()).toContain("examples: offers\n");
    await w.revert();
  });

  it("tells types, documentation and origin on hover", async () => {
    const { window: w } = at;
    await w.cursorBehind("price = standardize(offers.pri");
    await w.page.keyboard.press("Control+K");
    await w.page.keyboard.press("Control+I");
    await w.hover().filter({ hasText: /What the offer asks for/ }).waitFor();
    expect(await w.hover().innerText()).toMatch(/float/);
    await w.screenshot("editing-4-hover");
    await w.page.keyboard.press("Escape");
  });

  it("completes what fits the place", async () => {
    const { window: w } = at;
    await w.cursorBehind("channel = one_hot(offers.channel, top: 5)");
    await w.page.keyboard.press("Enter");
    await w.type("again = standardize(habits.");
    await w.suggestion("taken_7d").waitFor();
    await w.screenshot("editing-5-completion");
    await w.type("off");
    await w.suggestion("offers_7d").waitFor();
    await w.page.keyboard.press("Enter");
    await w.line("again = standardize(habits.offers_7d)").waitFor();
    await w.errorsGone();
    await w.revert();
  });

  it("goes to a definition in another file, and finds references from there", async () => {
    const { window: w } = at;
    await w.cursorBehind("from: offers");
    await w.page.keyboard.press("F12");
    await w.tab("catalog.mlspec").waitFor();
    await w.cursorAt(/Ln 5, Col 8/);
    await w.page.keyboard.press("Shift+F12");
    const peek = w.page.locator(".peekview-widget");
    await peek.locator(".ref-tree .monaco-list-row", { hasText: "shop.mlspec" }).waitFor();
    await w.screenshot("editing-6-references");
    await w.page.keyboard.press("Escape");
  });

  it("renames a column in every file", async () => {
    const { window: w, workspace } = at;
    await w.focusFile("shop.mlspec");
    await w.cursorBehind("price = standardize(offers.price");
    await w.page.keyboard.press("F2");
    const input = w.page.locator(".rename-box input");
    await input.waitFor();
    await input.fill("asked");
    await w.screenshot("editing-7-rename");
    await w.page.keyboard.press("Enter");
    await w.line("standardize(offers.asked)").waitFor();
    await w.command("File: Save All Files");
    await expect.poll(() => workspace.read("shop.mlspec")).toContain("offers.asked, offers.channel");
    await expect.poll(() => workspace.read("catalog.mlspec")).toMatch(/asked: float[^]*require asked > 0/);
    expect(await workspace.read("shop.mlspec")).not.toContain("offers.price");
    await w.errorsGone();
    await writeFile(workspace.path("shop.mlspec"), (await workspace.read("shop.mlspec")).replaceAll("offers.asked", "offers.price"));
    await writeFile(workspace.path("catalog.mlspec"), (await workspace.read("catalog.mlspec")).replaceAll("asked", "price"));
    // Read again rather than waited for: a watcher on a busy machine may take its time.
    await w.focusFile("catalog.mlspec");
    await w.command("File: Revert File");
    await w.focusFile("shop.mlspec");
    await w.command("File: Revert File");
    await w.line("standardize(offers.price)").waitFor();
  });

  it("formats, and has nothing to add the second time", async () => {
    const { window: w } = at;
    await w.select("  refresh: 1h");
    await w.type("refresh:1h");
    await w.command("Format Document");
    await w.line("  refresh: 1h").waitFor();
    const formatted = await w.lines();
    await w.command("Format Document");
    await w.save();
    await w.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    expect(await w.lines()).toBe(formatted);
  });

  it("warns of a feature that sees the future, and explains why", async () => {
    const { window: w } = at;
    await w.select("over 7d");
    await w.type("over -7d..1d");
    await w.squiggles().first().waitFor();
    await w.showProblems();
    const row = w.problem("leakage-through-time");
    await row.waitFor();
    await w.screenshot("editing-8-check");
    await row.locator("a", { hasText: "leakage-through-time" }).click();
    await w.webview('h1:has-text("leakage-through-time")');
    await w.screenshot("editing-9-explained");
    await w.command("View: Close Editor");
    await w.focusFile("shop.mlspec");
    await w.revert();
  });

  it("opens the declarations of the whole workspace by name", async () => {
    const { window: w } = at;
    await w.page.keyboard.press("Control+T");
    await w.quickInput().fill("#shopkeeper");
    await w.pickRow("shopkeeper").waitFor();
    await w.page.keyboard.press("Enter");
    await w.tab("catalog.mlspec").waitFor();
  });
});

describe("a spec without a folder of its own", () => {
  it("is checked while it has no name yet", async () => {
    const { window: w } = at;
    await w.command("MLSpec: New Spec");
    await w.line("source people").waitFor();
    await w.page.keyboard.press("Escape");
    await w.errorsGone();
    await w.cursorBehind("predict: buys");
    await w.type("y");
    await w.squiggles().first().waitFor();
    await w.screenshot("editing-10-new-spec");
    await w.page.keyboard.press("Backspace");
    await w.errorsGone();
    await w.command("MLSpec: Show Lineage");
    await (await w.webview(".node")).locator(".node", { hasText: "people" }).first().waitFor();
    await w.command("View: Close Editors in Other Groups");
    await w.command("View: Close Editor");
    await w.page.locator(".monaco-dialog-box").getByRole("button", { name: "Don't Save" }).click();
  });

  it("is checked when it lies outside of the workspace", async () => {
    const { window: w } = at;
    const elsewhere = await emptyWorkspace({ "alone.mlspec": "entity person { key: id }\nmodel lonely { predict: nothing from nowhere }\n" });
    await w.openPath(elsewhere.path("alone.mlspec"));
    await w.squiggles().first().waitFor();
    await w.showProblems();
    await w.problem(/nowhere/).waitFor();
    await w.screenshot("editing-11-outside");
    await elsewhere.remove();
  });
});
