/** A window of the editor, in the words of somebody who uses it. Every wait is for something to be seen. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium as browser, type Browser, type FrameLocator, type Locator, type Page } from "playwright-core";
import { chromium } from "../../scripts/lib/editor.mjs";

const screenshots = join(import.meta.dirname, "..", "..", "test-results", "screenshots");
const PATIENCE = 60_000;

export class EditorWindow {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(page: Page, opened: Browser) {
    this.page = page;
    this.#browser = opened;
  }

  static async open(url: string): Promise<EditorWindow> {
    const opened = await browser.launch({
      executablePath: chromium()!, headless: true,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    const context = await opened.newContext({ viewport: { width: 1500, height: 940 }, permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(url);
    await page.locator(".monaco-workbench").waitFor();
    await page.locator(".statusbar-item").first().waitFor();
    return new EditorWindow(page, opened);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  /** Kept as an artefact of the run. */
  async screenshot(name: string): Promise<void> {
    await mkdir(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  /** From the Explorer; the file lies at the top of the workspace. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press("Control+Shift+E");
    await this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).first().dblclick();
    await this.tab(name).waitFor();
    await this.editor().waitFor();
  }

  /** Through the command palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.quickInput();
    await input.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  }

  quickInput(): Locator {
    return this.page.locator(".quick-input-widget input").first();
  }

  /** A line of an open pick list. */
  pickRow(text: string | RegExp): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  }

  async pick(text: string | RegExp): Promise<void> {
    await this.pickRow(text).click();
  }

  tab(name: string): Locator {
    return this.page.locator(".tabs-container .tab", { hasText: name }).first();
  }

  editor(): Locator {
    return this.page.locator(".editor-group-container.active .monaco-editor .view-lines").first();
  }

  /** Puts the cursor behind the text's first occurrence, by the editor's own search. */
  async cursorBehind(text: string): Promise<void> {
    await this.editor().click();
    await this.page.keyboard.press("Control+Home");
    await this.page.keyboard.press("Control+F");
    const find = this.page.locator(".find-widget textarea, .find-widget input").first();
    await find.waitFor();
    await find.fill(text);
    await this.page.locator(".find-widget .matchesCount", { hasText: /\d+ of \d+/ }).waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("ArrowRight");
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 20 });
  }

  squiggles(kind: "error" | "warning" = "error"): Locator {
    return this.page.locator(`.monaco-editor .squiggly-${kind}`);
  }

  async errorsGone(): Promise<void> {
    await this.squiggles().first().waitFor({ state: "detached" });
  }

  suggestion(text: string): Locator {
    return this.page.locator(".suggest-widget.visible .monaco-list-row", { hasText: text }).first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-toast, .notifications-center .notification-list-item", { hasText: text }).first();
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text }).first();
  }

  /** The inside of a webview panel. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").last().frameLocator("iframe#active-frame");
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
  }

  async lines(): Promise<string> {
    // Monaco draws spaces as no-break spaces.
    return (await this.editor().innerText()).replaceAll("\u00a0", " ");
  }
}
