/** A file without a byte among others that have rows: what an upload that broke off leaves behind. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { events, mlspec } from "./mlspec.ts";
import { csv, people, peopleSpec, project } from "./people.ts";

test("is named, by the next run, too, and the others are read", async () => {
  const shop = await project({ "people.mlspec": peopleSpec(["people.csv", "people*.csv"]), "people-2.csv": "" });
  try {
    for (const fresh of [true, false]) {
      const { code, out } = await mlspec(shop.folder, "run", "people.mlspec", "--until", "data", "--events", "ndjson");
      expect(code).toBe(0);
      expect(events(out)).toContainEqual(expect.objectContaining({ type: "stage-finished", stage: "data", outcome: fresh ? "done" : "skipped" }));
      expect(events(out).filter(({ type }) => type === "message")).toEqual([
        { type: "message", level: "warning", code: "files-empty", text: `of the files of people one is empty and adds no rows: ${join(shop.folder, "people-2.csv")}` },
      ]);
    }
  } finally {
    await shop.remove();
  }
});

test("what is odd about the data is told, too, where they then break their contract: it may be why", async () => {
  const spec = peopleSpec(["require rows >= 100", "require rows >= 1000000"]);
  const shop = await project({ "people.mlspec": spec, "people.csv": csv(people()).replaceAll(",Berlin,", ", Berlin,") });
  try {
    const { code, out } = await mlspec(shop.folder, "run", "people.mlspec", "--until", "data", "--events", "ndjson");
    expect(code).toBe(1);
    expect(out).toContain("contract-failed");
    expect(events<{ code?: string }>(out).map(({ code: warning }) => warning)).toContain("texts-in-spaces");
  } finally {
    await shop.remove();
  }
});
