/** A workspace that its user has not trusted: specs can be read and written, nothing of them is run. */
import { access } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { session } from "./session.ts";
import { shopWorkspace } from "./shop.ts";

const at = session("restricted", () => shopWorkspace(), { trust: false }, "shop.mlspec");

describe("Restricted Mode", () => {
  it("checks, completes and draws", async () => {
    const { window: w } = at;
    await w.statusBar("Restricted Mode").waitFor();
    await w.cursorBehind("predict: takes");
    await w.type("x");
    await w.squiggles().first().waitFor();
    await w.page.keyboard.press("Backspace");
    await w.errorsGone();
    await w.command("MLSpec: Show Lineage");
    await (await w.webview(".node")).locator(".node", { hasText: "taker" }).first().waitFor();
    await w.focusFile("shop.mlspec");
    await w.revert();
  });

  it.each(["Run Pipeline", "Serve", "Start Rollout", "Deploy Version", "Promote Candidate", "Roll Back"])("does not %s, and says why", async (title) => {
    const { window: w } = at;
    await w.command(`MLSpec: ${title}`);
    await w.notification(/needs a trusted workspace/).waitFor();
    await w.screenshot(`restricted-${title.toLowerCase().replace(" ", "-")}`);
    await w.clearNotifications();
    await expect(access(at.workspace.path(".mlspec"))).rejects.toThrow("ENOENT");
  });

  it("says so in the overview", async () => {
    const { window: w } = at;
    await w.showOverview();
    await w.page.locator(".welcome-view-content", { hasText: /trust/i }).first().waitFor();
    await w.screenshot("restricted-overview");
  });
});
