import { cp } from "node:fs/promises";
import { join } from "node:path";
import { makeData } from "../../../examples/yarnit/shop/make-data.ts";
import { root } from "./pages.ts";
import type { Session } from "./session.ts";

/** The yarn shop's specs and a few days of its data. */
export async function copyShop({ folder }: Session): Promise<void> {
  for (const file of ["yarnit.mlspec", "catalog.mlspec"]) await cp(join(root, "examples", "yarnit", file), join(folder, file));
  await makeData(folder, { days: 4, perDay: 10_000 });
}
