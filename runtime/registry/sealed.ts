/**
 * What a run keeps for the next one as JSON, under the key of what it was made of and with its own hash: a file that was edited, cut off,
 * or copied from another key is not taken for a result.
 */
import { canonicalJson } from "./canonical.ts";
import { sha256 } from "./files.ts";

interface Sealed<T> {
  readonly key: string;
  readonly content: T;
  readonly sha256: string;
}

const hashOf = (key: string, content: unknown): string => sha256(canonicalJson({ key, content }));

/** `content` as it comes back from JSON is what is hashed. */
export function seal(key: string, content: unknown): string {
  const plain = JSON.parse(JSON.stringify(content)) as unknown;
  return `${JSON.stringify({ key, content: plain, sha256: hashOf(key, plain) } satisfies Sealed<unknown>, null, 1)}\n`;
}

/** What was sealed under this key; null when the text is anything else. */
export function unseal<T>(key: string, text: string): T | null {
  try {
    const found = JSON.parse(text) as Sealed<T> | null;
    return found?.key === key && hashOf(key, found.content) === found.sha256 ? found.content : null;
  } catch {
    return null;
  }
}
