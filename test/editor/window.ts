/** A window of the editor, in the words of somebody who uses it. Every wait is for something to be seen. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium as browser, type Browser, type FrameLocator, type Locator, type Page } from "playwright-core";
import { chromium } from "../../scripts/lib/editor.mjs";

const screenshots = join(import.meta.dirname, "..", "..", "test-results", "screenshots");
const PATIENCE = Number(process.env.MLSPEC_EDITOR_PATIENCE_MS ?? 60_000);

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

  /** Through the command palette. Tried again when a list that was closing, or a page that took the keyboard, swallowed the key. */
  async command(title: string): Promise<void> {
    const label = this.page.locator(".label-name", { hasText: new RegExp(`^${written(title)}$`) });
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press("F1");
      try {
        await this.quickInput().fill(`>${title}`, { timeout: 3000 });
        return await this.page.locator(".quick-input-list .monaco-list-row").filter({ has: label }).first().click({ timeout: 10_000 });
      } catch (error) {
        if (attempt === 4) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** The extension is there once its item in the status bar is. Commands of the palette that opened before then miss it. */
  async extensionReady(): Promise<void> {
    await this.statusBar(/MLSpec( \d+)?$/).waitFor();
    await this.page.locator(".statusbar-item", { hasText: "Activating Extensions" }).waitFor({ state: "detached" });
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

  /** Brings the file's editor to the front and the keyboard to it. */
  async focusFile(name: string): Promise<void> {
    await this.tab(name).click();
    await this.editor().waitFor();
  }

  /** Puts the cursor behind the text's first occurrence, by the editor's own search. */
  async cursorBehind(text: string): Promise<void> {
    await this.#find(text);
    await this.page.keyboard.press("ArrowRight");
  }

  /** Selects the text's first occurrence. */
  async select(text: string): Promise<void> {
    await this.#find(text);
  }

  async #find(text: string): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Control+1");
    await this.page.keyboard.press("Control+Home");
    await this.page.keyboard.press("Control+F");
    const find = this.page.locator(".find-widget.visible textarea, .find-widget.visible input").first();
    await find.fill("");
    await find.fill(text);
    await this.page.locator(".find-widget.visible .matchesCount", { hasText: /^1 of \d+/ }).waitFor();
    // The first may close a hint instead.
    for (let i = 0; i < 3 && (await this.page.locator(".find-widget.visible").count()) > 0; i++) {
      await this.page.keyboard.press("Escape");
      await this.page.waitForTimeout(150);
    }
  }

  /** Back to what is on disk. */
  async revert(): Promise<void> {
    await this.command("File: Revert File");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  }

  /** Opens the quick fixes at the cursor. The menu closes by itself when diagnostics arrive while it is open: then it is opened again. */
  async quickFix(text: string): Promise<Locator> {
    const row = this.page.locator(".action-widget .monaco-list-row", { hasText: text }).first();
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press("Control+.");
      try {
        await row.waitFor({ timeout: 5000 });
        return row;
      } catch (error) {
        if (attempt === 6) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** Lets go of what a failed test left half done, so that it fails alone. */
  async recover(): Promise<void> {
    for (let i = 0; i < 3; i++) await this.page.keyboard.press("Escape");
    if ((await this.page.locator(".tab.active.dirty").count()) > 0) await this.revert();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 20 });
  }

  /** Of the first piece of text that is drawn in one colour and reads like this. */
  async colourOf(text: string): Promise<string> {
    const spans = this.page.locator(".editor-group-container.active .view-line span span").filter({ hasText: new RegExp(`^${written(text)}$`) });
    return spans.first().evaluate((span) => (globalThis as unknown as { getComputedStyle(of: unknown): { color: string } }).getComputedStyle(span).color);
  }

  /** A line of the editor that has this text. */
  line(text: string): Locator {
    return this.page.locator(".editor-group-container.active .view-line", { hasText: new RegExp(written(text)) }).first();
  }

  /** Waits until the status bar tells that the cursor is there. */
  async cursorAt(place: RegExp): Promise<void> {
    await this.statusBar(place).waitFor();
  }

  /** A file by its path, wherever it lies. */
  async openPath(path: string): Promise<void> {
    await this.command("File: Open File...");
    const name = path.split("/").at(-1)!;
    // The dialog puts its own folder in once more when it has listed it.
    for (let attempt = 0; attempt < 5 && !(await this.tab(name).isVisible()); attempt++) {
      await this.pickRow("..").waitFor({ timeout: 5000 }).catch(() => undefined);
      await this.quickInput().fill(path, { timeout: 3000 }).catch(() => undefined);
      await this.pickRow(name).waitFor({ timeout: 5000 }).catch(() => undefined);
      await this.page.keyboard.press("Enter");
      await this.tab(name).waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await this.tab(name).waitFor();
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

  /** A line of the Problems panel. */
  problem(text: string | RegExp): Locator {
    return this.page.locator(".markers-panel .monaco-list-row", { hasText: text }).first();
  }

  async showProblems(): Promise<void> {
    await this.command("Problems: Focus on Problems View");
    await this.page.locator(".markers-panel").waitFor();
  }

  hover(): Locator {
    return this.page.locator(".monaco-hover:visible .hover-contents, .monaco-resizable-hover:visible .hover-contents").first();
  }

  /** A line of the activity view. */
  overviewRow(text: string | RegExp): Locator {
    return this.page.locator(".sidebar .pane-body .monaco-list-row", { hasText: text }).first();
  }

  async showOverview(): Promise<void> {
    await this.command("MLSpec: Focus on Overview View");
  }

  /** The inside of the webview that shows `inside`. */
  async webview(inside: string): Promise<FrameLocator> {
    const frames = this.page.locator("iframe.webview.ready");
    await frames.first().waitFor();
    for (const end = performance.now() + PATIENCE; performance.now() < end;) {
      for (let i = 0; i < (await frames.count()); i++) {
        const frame = frames.nth(i).contentFrame().frameLocator("iframe#active-frame");
        if ((await frame.locator(inside).count().catch(() => 0)) > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no webview shows ${inside}`);
  }

  /** Closes what pops up, so that it covers nothing. */
  async clearNotifications(): Promise<void> {
    await this.command("Notifications: Clear All Notifications");
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
  }

  async lines(): Promise<string> {
    // Monaco draws spaces as no-break spaces.
    return (await this.editor().innerText()).replaceAll("\u00a0", " ");
  }
}

/** A pattern for text as Monaco draws it: its spaces do not break. */
const written = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replaceAll(" ", "[ \\u00a0]");
