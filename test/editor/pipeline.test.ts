/** From a spec to a served and rolled-out model, in a real editor with the packaged extension. */
import { access } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { session } from "./session.ts";
import { shopWorkspace } from "./shop.ts";

const at = session("pipeline", () => shopWorkspace(), { trust: true, settings: { "mlspec.serve.port": 0 } }, "shop.mlspec");

describe("a spec in the editor, run", () => {
  it("shows its lineage beside it, and a click goes to the declaration", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Show Lineage");
    const graph = await w.webview(".node");
    for (const name of ["offers", "habits", "takes", "history", "taker", "quality", "answer", "available", "release"]) await graph.locator(".node", { hasText: name }).first().waitFor();
    await w.screenshot("pipeline-1-lineage");
    await graph.locator(".node.kind-dataset", { hasText: "history" }).click();
    await w.cursorAt(/Ln 18, Col/);
    await graph.locator("button", { hasText: "Columns" }).click();
    await graph.locator(".node", { hasText: "habits.offers_7d" }).first().waitFor();
    await w.screenshot("pipeline-2-lineage-columns");
    await graph.locator(".node.kind-source", { hasText: "offers" }).first().click();
    await w.tab("catalog.mlspec").waitFor();
    await w.focusFile("shop.mlspec");
    await w.command("View: Close Editors in Other Groups");
  });

  it("runs the pipeline from the palette and shows what came of it", async () => {
    const { window: w } = at;
    await w.showOverview();
    await w.overviewRow(/taker\s*not trained yet/).waitFor();
    await w.focusFile("shop.mlspec");
    await w.command("MLSpec: Run Pipeline");
    await w.pick("taker");
    await w.pickRow("Register").waitFor();
    await w.screenshot("pipeline-3-how-far");
    await w.pick(/^Register/);
    await w.notification(/Running taker/).waitFor();
    await w.notification(/taker: version [0-9a-f]{12} is registered/).waitFor();
    const run = await w.webview(".run");
    await run.locator("figure svg [aria-label=line] path").first().waitFor();
    expect(await run.locator(".stages li.done").count()).toBe(5);
    await run.locator("td", { hasText: "auc >= 0.60" }).first().waitFor();
    await run.locator("td", { hasText: "channel = post" }).first().waitFor();
    await w.overviewRow(/[0-9a-f]{12}.*auc/).waitFor();
    await w.screenshot("pipeline-4-run");
    await run.locator("a", { hasText: "auc >= 0.60" }).click();
    await w.cursorAt(/Ln 61, Col/);
    await w.clearNotifications();
  });

  it("skips what has not changed, and shows earlier runs", async () => {
    const { window: w } = at;
    await w.focusFile("shop.mlspec");
    await w.command("MLSpec: Run Pipeline");
    await w.pick("taker");
    await w.pick(/^Train/);
    await w.notification(/taker: done/).waitFor();
    const run = await w.webview(".run");
    await run.locator(".stages li.skipped", { hasText: "train" }).waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Show Run");
    await w.pickRow("taker").waitFor();
    await w.screenshot("pipeline-5-which-run");
    await w.page.locator(".quick-input-list .monaco-list-row", { hasText: "taker" }).last().click();
    await run.locator("td", { hasText: "auc >= 0.60" }).first().waitFor();
  });

  it("stops a training that takes too long, and keeps what it has", async () => {
    const { window: w } = at;
    await w.focusFile("shop.mlspec");
    await w.command("MLSpec: Run Pipeline");
    await w.pick("patient");
    await w.pick(/^Register/);
    const run = await w.webview(".run");
    await run.locator(".stages li.running", { hasText: /\d+ of 5000/ }).waitFor();
    await w.screenshot("pipeline-6-training");
    await w.notification(/Running patient/).getByRole("button", { name: "Cancel" }).click();
    await w.notification(/patient: cancelled/).waitFor();
    await run.locator("header", { hasText: "cancelled" }).waitFor();
    await w.screenshot("pipeline-7-cancelled");
    await w.clearNotifications();
  });

  it("tells what is wrong when data is missing", async () => {
    const { window: w } = at;
    await w.focusFile("catalog.mlspec").catch(() => w.openFile("catalog.mlspec"));
    await w.select("data/offers.csv");
    await w.type("data/lost.csv");
    await w.save();
    await w.focusFile("shop.mlspec");
    await w.command("MLSpec: Run Pipeline");
    await w.pick("taker");
    await w.pick(/^Data/);
    await w.notification(/lost\.csv/).waitFor();
    await (await w.webview(".run")).locator(".error", { hasText: "lost.csv" }).waitFor();
    await w.screenshot("pipeline-8-failure");
    await w.clearNotifications();
    await w.focusFile("catalog.mlspec");
    await w.select("data/lost.csv");
    await w.type("data/offers.csv");
    await w.save();
    await w.focusFile("shop.mlspec");
  });

  it("serves, rolls out, rolls back and stops", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Serve");
    const listening = w.notification(/answer listens on http/);
    await listening.waitFor();
    const url = /http:\/\/[^\s;]+/.exec(await listening.innerText())![0];
    await w.statusBar(/answer/).waitFor();
    await w.screenshot("pipeline-9-serving");
    expect(await ask(url)).toMatchObject({ model_name: "taker" });
    await w.clearNotifications();
    await w.command("MLSpec: Start Rollout");
    await w.notification(/release: version [0-9a-f]{12} begins/).waitFor();
    await w.statusBar(/canary/).waitFor();
    await w.showOverview();
    await w.overviewRow(/release\s*canary \(10%\)/).waitFor();
    await w.screenshot("pipeline-10-rollout");
    expect(await ask(url)).toMatchObject({ model_name: "taker" });
    await w.command("MLSpec: Pause Rollout");
    await w.notification(/release: paused/).waitFor();
    await w.command("MLSpec: Resume Rollout");
    await w.notification(/release: goes on/).waitFor();
    // The last stage asks for it, and it may be given before that stage is reached.
    await w.command("MLSpec: Approve Rollout Stage");
    await w.notification(/release: approved by ada@shop\.example/).waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Abort Rollout");
    await w.page.locator(".monaco-dialog-box").getByRole("button", { name: "Abort Rollout" }).click();
    await w.notification(/release: rolled back/).waitFor();
    await w.overviewRow(/release\s*rolled/).waitFor();
    await w.screenshot("pipeline-11-aborted");
    await w.clearNotifications();
    await w.command("MLSpec: Stop Serving");
    await w.statusBar(/answer/).waitFor({ state: "detached" });
    await expect.poll(() => fetch(url).then(() => "answers", () => "refuses"), { timeout: 30_000 }).toBe("refuses");
    await expect(access(at.workspace.path(".mlspec/state.db"))).resolves.toBeUndefined();
  });

  it("validates the workspace, explains checks and shows the first steps", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Validate Workspace");
    await w.notification(/2 specs: no problems/).waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Explain Check");
    await w.pick("no-fallback");
    await w.webview('h1:has-text("no-fallback")');
    await w.screenshot("pipeline-12-explained");
    await w.command("Welcome: Open Walkthrough...");
    await w.pick("MLSpec: the first five minutes");
    await w.page.locator(".getting-started-step", { hasText: "Write a spec" }).first().waitFor();
    await w.screenshot("pipeline-13-walkthrough");
  });
});

/** A request on the Open Inference Protocol. */
async function ask(url: string): Promise<unknown> {
  const tensor = (name: string, datatype: string, value: unknown) => ({ name, datatype, shape: [1, 1], data: [value] });
  const body = { inputs: [tensor("customer_id", "BYTES", "c17"), tensor("price", "FP64", 20), tensor("channel", "BYTES", "web")] };
  const response = await fetch(`${url}/v2/models/taker/infer`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  expect(answer, `status ${response.status}`).toHaveProperty("outputs");
  return answer;
}
