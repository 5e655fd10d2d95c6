/** A file without a byte among others that have rows: what an upload that broke off leaves behind. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { events, mlspec } from "./mlspec.ts";
import { peopleSpec, project } from "./people.ts";

test("is named, and the others are read", async () => {
  const shop = await project({ "people.mlspec": peopleSpec(["people.csv", "people*.csv"]), "people-2.csv": "" });
  try {
    const { code, out } = await mlspec(shop.folder, "run", "people.mlspec", "--until", "data", "--events", "ndjson");
    expect(code).toBe(0);
    expect(events(out).filter(({ type }) => type === "message")).toEqual([
      { type: "message", level: "warning", code: "files-empty", text: `of the files of people one is empty and adds no rows: ${join(shop.folder, "people-2.csv")}` },
    ]);
  } finally {
    await shop.remove();
  }
});
