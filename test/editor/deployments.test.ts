/** What is live, changed from the palette past a rollout's course: picked, confirmed, and told. */
import { beforeAll, describe, expect, it } from "vitest";
import type { StatusReport } from "../../cli/status-report.ts";
import { json, mlspec } from "../integration/cli/mlspec.ts";
import { session } from "./session.ts";
import { shopWorkspace } from "./shop.ts";

const at = session("deployments", () => shopWorkspace(), { trust: true }, "shop.mlspec");
let older: string;
let newer: string;

const status = () => json<StatusReport>(at.workspace.folder, "status", "shop.mlspec", "--json");
const own = async (...args: string[]) => {
  const { code, out, err } = await mlspec(at.workspace.folder, ...args);
  expect(code, out + err).toBe(0);
};
const dialog = () => at.window.page.locator(".monaco-dialog-box");

/** Answers the question, and why. */
async function confirm(button: string, why: string): Promise<void> {
  const { window: w } = at;
  await dialog().getByRole("button", { name: button, exact: true }).click();
  await w.page.locator(".quick-input-widget", { hasText: "Kept in the history" }).waitFor();
  await w.type(why);
  await w.page.keyboard.press("Enter");
}

beforeAll(async () => {
  await own("run", "shop.mlspec", "--model", "taker");
  const { window: w } = at;
  await w.select("seed: 1");
  await w.type("seed: 2");
  await w.save();
  await own("run", "shop.mlspec", "--model", "taker");
  const [first, second] = (await status()).models.find(({ name }) => name === "taker")!.versions;
  [newer, older] = [first!.version, second!.version];
});

describe("what is live", () => {
  it("is put there at once, after the picker showed what there is and the question what will happen", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Deploy Version");
    await w.pickRow(older).waitFor();
    expect(await w.pickRow(older).innerText()).toMatch(/registered .*(ago|now)[^]*auc 0\.\d{4}/);
    expect(await w.quickInput().getAttribute("placeholder")).toBe("Live now: the fallback");
    await w.pick(older);
    await dialog().waitFor();
    expect(await dialog().innerText()).toMatch(new RegExp(`Deploy ${older}\\?[^]*all requests to answer, at once, in place of the fallback`));
    await confirm("Deploy", "the first one");
    await w.notification(`answer: version ${older} is live; before it was the fallback.`).waitFor();
    await w.clearNotifications();
  });

  it("looks well in every theme and in a narrow window", async () => {
    const { window: w } = at;
    for (const theme of ["Default Dark Modern", "Default Light Modern", "Default High Contrast"]) {
      await w.command("Preferences: Color Theme");
      await w.quickInput().fill(theme.replace("Default ", ""));
      await w.page.keyboard.press("Enter");
      await w.command("MLSpec: Deploy Version");
      await w.pickRow(newer).waitFor();
      await w.screenshot(`deployments-${theme.toLowerCase().replaceAll(" ", "-")}-picker`);
      await w.pick(newer);
      await dialog().waitFor();
      await w.screenshot(`deployments-${theme.toLowerCase().replaceAll(" ", "-")}-question`);
      await w.page.keyboard.press("Escape");
      await dialog().waitFor({ state: "detached" });
    }
    const size = w.page.viewportSize()!;
    await w.page.setViewportSize({ width: 560, height: 800 });
    await w.command("MLSpec: Deploy Version");
    await w.pickRow(newer).waitFor();
    await w.screenshot("deployments-narrow-picker");
    await w.pick(newer);
    await dialog().waitFor();
    await w.screenshot("deployments-narrow-question");
    await w.page.keyboard.press("Escape");
    await w.page.setViewportSize(size);
    expect((await status()).services[0]).toMatchObject({ live: older });
  });

  it("goes back to what was live before, with who, why and when in the history", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Deploy Version");
    await w.pick(newer);
    await confirm("Deploy", "a better one");
    await w.notification(`answer: version ${newer} is live; before it was version ${older}.`).waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Roll Back");
    await w.pickRow(older).waitFor();
    expect(await w.pickRow(older).innerText()).toContain("live until");
    expect(await w.quickInput().getAttribute("placeholder")).toContain(`Live now: version ${newer}, registered `);
    await w.screenshot("deployments-rollback-picker");
    await w.pick(older);
    await confirm("Roll Back", "customers complain");
    await w.notification(`answer: version ${older} is live; before it was version ${newer}.`).waitFor();
    await w.screenshot("deployments-rolled-back");
    await w.clearNotifications();
    expect((await status()).services[0]!.history[0]).toMatchObject({ kind: "rollback", version: older, before: newer, reason: "customers complain" });
  });

  it("is a rollout's candidate early, but not past its approvals", async () => {
    const { window: w } = at;
    await w.command("MLSpec: Promote Candidate");
    await w.notification(/No rollout here is under way/).waitFor();
    await w.clearNotifications();
    await own("rollout", "start", "shop.mlspec", "release", "--version", newer);
    await w.command("MLSpec: Promote Candidate");
    await w.notification(/still needs the approval of shopkeeper/).waitFor();
    await w.clearNotifications();
    await own("rollout", "approve", "shop.mlspec", "release", "--by", "ada@shop.example", "--stage", "full");
    await w.command("MLSpec: Promote Candidate");
    await dialog().waitFor();
    expect(await dialog().innerText()).toContain("What is left of release's holds and requirements is passed over; its approvals are not.");
    await w.screenshot("deployments-promote-question");
    await confirm("Promote", "seen enough");
    await w.notification(`answer: version ${newer} is live; before it was version ${older}.`).waitFor();
    expect((await status()).rollouts[0]).toMatchObject({ state: "completed" });
  });
});

describe("a rollout that the spec declares no longer", () => {
  it("is paused and aborted by its own name, never another in its place", async () => {
    const { window: w } = at;
    await own("rollout", "start", "shop.mlspec", "release", "--version", older);
    await w.select("rollout release of");
    await w.type("rollout relaunch of");
    await w.save();
    await w.showOverview();
    await w.overviewRow(/release\s*.*known from the state alone/).waitFor();
    await w.overviewRow(/relaunch\s*not started/).waitFor();
    await w.screenshot("deployments-undeclared-rollout");
    await w.command("MLSpec: Pause Rollout");
    await w.notification("release: paused; traffic stays as it is.").waitFor();
    await w.command("MLSpec: Approve Rollout Stage");
    await w.notification("release: approved by ada@shop.example.").waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Abort Rollout");
    await dialog().waitFor();
    expect(await dialog().innerText()).toContain("Abort release? The spec does not declare it; it runs by the plan that it was started with.");
    await dialog().getByRole("button", { name: "Abort Rollout", exact: true }).click();
    await w.notification("release: rolled back.").waitFor();
    await w.clearNotifications();
    await w.command("MLSpec: Resume Rollout");
    await w.notification(/No rollout here is paused/).waitFor();
    expect((await status()).rollouts).toMatchObject([{ name: "relaunch", state: "none" }]);
  });
});
