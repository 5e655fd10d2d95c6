/** Where much text goes a piece at a time: a file that is there whole or not at all, or standard output, no faster than it is read. */
import { once } from "node:events";
import { open, rename, rm } from "node:fs/promises";
import { MlspecError, messageOf } from "../runtime/errors.ts";

export interface Output {
  write(text: string): Promise<void>;
  /** It is whole. */
  done(): Promise<void>;
  /** It will not be; no piece of it stays. */
  abandon(): Promise<void>;
}

/** @throws MlspecError `cannot-write`. */
export async function outputTo(path: string | undefined): Promise<Output> {
  if (path === undefined) return standardOutput;
  const whole = `${path}.${process.pid}.tmp`;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new MlspecError("cannot-write", `${path} cannot be written: ${messageOf(cause)}`, { hint: "Name a file in a folder that may be written to, on a disk with room.", cause });
    }
  };
  const file = await guarded(() => open(whole, "wx"));
  return {
    write: (text) => guarded(() => file.writeFile(text)),
    done: () => guarded(async () => {
      await file.close();
      await rename(whole, path);
    }),
    abandon: async () => {
      await file.close();
      await rm(whole, { force: true });
    },
  };
}

const standardOutput: Output = {
  write: async (text) => { if (!process.stdout.write(text)) await once(process.stdout, "drain"); },
  done: () => Promise.resolve(),
  abandon: () => Promise.resolve(),
};
