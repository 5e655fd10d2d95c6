/** Whether LMDB works on this machine, for `mlspec doctor`. `folder` is empty and the caller's to delete. */
import { OnlineStore } from "./store.ts";

/** @returns what works, in words; throws when it does not. */
export async function probeLmdb(folder: string): Promise<string> {
  const store = OnlineStore.open(folder);
  try {
    const view = await store.replaceView({ view: "probe", columns: ["x"], asOfMs: 0, maxAgeMs: null, rows: [{ key: "k", values: { x: 42 } }] });
    if (store.lookup(view, "k").values[0] !== 42) throw new Error("it did not give back what was written");
    return "writes and reads";
  } finally {
    await store.close();
  }
}
