/**
 * Tokens that open a door: the lines of a file, or a variable of the environment. Only their digests are kept, so that nothing can
 * print one, and comparing takes the same time whatever was presented.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { MlspecError, messageOf } from "../../errors.ts";
import { codeOf } from "../../registry/files.ts";

export interface Tokens {
  accepts(presented: string): boolean;
  /** Where the token is to be found, for people; null when it is in no file. */
  readonly file: string | null;
  /** Why nothing is accepted at present, without the path, since health is open to all; null as long as there are tokens. */
  problem(): string | null;
}

const shortest = 16;
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** One token per line, each valid: while a new one is handed out the old one may stay. @throws MlspecError `token-unusable`. */
function digestsOf(text: string, from: string): readonly Buffer[] {
  const tokens = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  // RFC 6750, 2.1: what may follow `Bearer`.
  if (tokens.length === 0 || tokens.some((token) => token.length < shortest || !/^[\w.~+/-]+=*$/.test(token))) {
    throw new MlspecError("token-unusable", `${from} holds no token that can be used.`, {
      hint: `A token is at least ${shortest} letters, digits or -._~+/ on a line of its own; \`openssl rand -base64 32\` makes one.`,
    });
  }
  return tokens.map(digest);
}

function accepted(presented: string, digests: readonly Buffer[]): boolean {
  const given = digest(presented);
  let same = false;
  for (const each of digests) same = timingSafeEqual(each, given) || same;
  return same;
}

/** @throws MlspecError `token-unusable`. */
export function tokensOf(text: string, from: string): Tokens {
  const digests = digestsOf(text, from);
  return { file: null, problem: () => null, accepts: (presented) => accepted(presented, digests) };
}

const lookEveryMs = 1_000;

/**
 * The tokens in a file, read again when it changes: a token is changed without a restart. A file that is emptied, damaged or gone opens nothing: whoever
 * takes the tokens away wants them to hold no more. That is told once each time, and over when there is a token again.
 * @param monotonic milliseconds. @throws MlspecError `token-unusable`.
 */
export function tokensInFile(path: string, monotonic: () => number, onTrouble: (error: unknown, doing: string) => void): Tokens {
  let [seen, digests] = read(path);
  let lookedAt = monotonic();
  let problem: string | null = null;
  const look = (): void => {
    if (monotonic() - lookedAt < lookEveryMs) return;
    lookedAt = monotonic();
    try {
      if (stamp(path) === seen) return;
      [seen, digests] = read(path);
      problem = null;
    } catch (error) {
      if (problem === null) onTrouble(error, `reading the token in ${path} again; without one nobody gets what it opens`);
      [seen, digests] = ["", []];
      problem = codeOf(error instanceof MlspecError ? error.cause : error) === "ENOENT" ? "its file is gone" : "its file holds no token that can be used, or cannot be read";
    }
  };
  return {
    file: path,
    problem() {
      look();
      return problem;
    },
    accepts(presented) {
      look();
      return accepted(presented, digests);
    },
  };
}

function read(path: string): [string, readonly Buffer[]] {
  try {
    return [stamp(path), digestsOf(readFileSync(path, "utf8"), path)];
  } catch (error) {
    if (error instanceof MlspecError) throw error;
    throw new MlspecError("token-unusable", `The token in ${path} cannot be read: ${messageOf(error)}`, { where: { file: path }, cause: error });
  }
}

function stamp(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}
