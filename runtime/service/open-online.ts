/** The service's online store, whatever a crash or a disk did to it: it holds nothing that cannot be computed again. */
import { rm } from "node:fs/promises";
import { damageOfStore } from "../online/check-store.ts";
import { OnlineStore } from "../online/store.ts";

/** The caller holds the service's lease, so that nobody else has the store open. */
export async function openOnline(folder: string, onMessage: (level: "info" | "warning", text: string) => void): Promise<OnlineStore> {
  const damage = await damageOfStore(folder);
  if (damage === null) return OnlineStore.open(folder);
  onMessage("warning", `the online store ${folder} is damaged (${damage}); it is made again from the sources`);
  await rm(folder, { recursive: true, force: true });
  return OnlineStore.open(folder);
}
