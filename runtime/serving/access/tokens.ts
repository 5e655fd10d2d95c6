/**
 * Tokens that open a door: the lines of a file, or a variable of the environment. Only their digests are kept, so that nothing can
 * print one, and comparing takes the same time whatever was presented.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { MlspecError, messageOf } from "../../errors.ts";
import { codeOf, readPlainFileSync } from "../../registry/files.ts";

export interface Tokens {
  accepts(presented: string): boolean;
  /** Where the token is to be found, for people; null when it is in no file. */
  readonly file: string | null;
  /** Why nothing is accepted at present, without the path, since health is open to all; null as long as there are tokens. */
  problem(): string | null;
}

const shortest = 16;
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** RFC 6750, 2.1: what may follow `Bearer`. */
const isToken = (line: string): boolean => line.length >= shortest && /^[\w.~+/-]+=*$/.test(line);

/** One token per line, each valid: while a new one is handed out the old one may stay. `file`: where it is from, if from a file. @throws MlspecError `token-unusable`. */
function digestsOf(text: string, from: string, file?: string): readonly Buffer[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const bad = lines.findIndex((line) => line !== "" && !isToken(line)) + 1;
  const tokens = lines.filter((line) => line !== "");
  if (bad > 0 || tokens.length === 0) {
    throw new MlspecError("token-unusable", bad > 0 ? `Line ${bad} of ${from} is no token.` : `${from} holds no token.`, {
      ...(file === undefined ? {} : { where: { file, ...(bad > 0 ? { line: bad } : {}) } }),
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
/** It is read while requests wait. */
const mostBytes = 64 * 2 ** 10;

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
      problem = problemOf(error);
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

function problemOf(error: unknown): string {
  const line = error instanceof MlspecError ? error.where?.line : undefined;
  if (line !== undefined) return `line ${line} of its file is no token`;
  return codeOf(error instanceof MlspecError ? error.cause : error) === "ENOENT" ? "its file is gone" : "its file holds no token, or cannot be read";
}

function read(path: string): [string, readonly Buffer[]] {
  try {
    return [stamp(path), digestsOf(readPlainFileSync(path, mostBytes).toString("utf8"), path, path)];
  } catch (error) {
    if (error instanceof MlspecError) throw error;
    throw new MlspecError("token-unusable", `The token in ${path} cannot be read: ${messageOf(error)}`, { where: { file: path }, cause: error });
  }
}

function stamp(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}
