import { describe, expect, it } from "vitest";
import type { VersionStatus } from "../../../cli/status-report.ts";
import { ago, nameOf, versionItem } from "../../../extension/version-items.ts";

const now = Date.UTC(2026, 10, 24, 12);
const before = (ms: number): string => new Date(now - ms).toISOString();
const minute = 60_000;
const version: VersionStatus = { version: "3f1c9a0b77de", created: before(50 * 60 * minute), live: false, metrics: { auc: 0.71234, log_loss: null }, gates: { passed: 2, failed: 0, skipped: 0 }, run: null, problem: null };

describe("a version in a picker", () => {
  it("has its age and its metrics", () => {
    expect(versionItem(version, now)).toEqual({ label: "3f1c9a0b77de", description: "registered 2 days ago", detail: "auc 0.7123  log_loss –" });
    expect(versionItem(version, now, "live until 1 hour ago").description).toBe("registered 2 days ago, live until 1 hour ago");
  });

  it.each([[0, "just now"], [59_999, "just now"], [minute, "1 minute ago"], [59 * minute, "59 minutes ago"], [60 * minute, "1 hour ago"], [24 * 60 * minute, "1 day ago"], [-5 * minute, "just now"]])("of %d ms is from %s", (ms, text) => {
    expect(ago(before(ms), now)).toBe(text);
  });

  it("is the fallback where there is none", () => expect([nameOf(null), nameOf("a")]).toEqual(["the fallback", "version a"]));
});
