/**
 * Personal values as the log holds them: HMAC-SHA-256 under a key of this state folder, cut to 128 bits, in hex. The same value has the same
 * pseudonym everywhere in the log, so that rows of one person can still be counted and joined; who has the key can find out whether a
 * guess is right, and nobody else can. Whoever deletes the key makes the log anonymous in this respect, and begins new pseudonyms.
 */
import { createHmac } from "node:crypto";
import { dirname, join } from "node:path";
import { MlspecError, messageOf } from "../../errors.ts";
import { readPlainFileSync } from "../../registry/files.ts";
import { ensureSecretFile } from "../secret-file.ts";
import type { Scalar } from "../values.ts";

export interface Pseudonyms {
  /** Null stays null: nobody is not somebody. */
  of(value: Scalar): string | null;
}

const shortestKey = 32;
/** A person's rows follow each other; each generation holds so many. */
const remembered = 10_000;

/** Beside the folders of the services' logs. @throws MlspecError `log-key-unusable`. */
export function openPseudonyms(logFolder: string): Pseudonyms {
  const path = join(dirname(logFolder), "key");
  return pseudonymsWith(readKey(path));
}

function readKey(path: string): Buffer {
  try {
    ensureSecretFile(path);
    const key = Buffer.from(readPlainFileSync(path).toString("utf8").trim(), "base64url");
    if (key.length >= shortestKey) return key;
  } catch (cause) {
    throw new MlspecError("log-key-unusable", `The key of the log's pseudonyms, ${path}, cannot be read: ${messageOf(cause)}`, { where: { file: path }, cause });
  }
  throw new MlspecError("log-key-unusable", `The key of the log's pseudonyms, ${path}, is damaged.`, {
    where: { file: path }, hint: "Restore it. Or delete it: a new one is made, and persons have other pseudonyms from then on than in the log so far.",
  });
}

export function pseudonymsWith(key: Uint8Array): Pseudonyms {
  let [young, old] = [new Map<string, string>(), new Map<string, string>()];
  return {
    of(value) {
      if (value === null) return null;
      const text = String(value);
      const known = young.get(text) ?? old.get(text);
      if (known !== undefined) return known;
      const made = createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
      if (young.size >= remembered) [young, old] = [new Map<string, string>(), young];
      young.set(text, made);
      return made;
    },
  };
}
