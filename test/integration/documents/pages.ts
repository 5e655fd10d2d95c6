/** Every page of the documentation: what is in the repository and ends in `.md`. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..", "..");

export interface Page {
  readonly name: string;
  readonly text: string;
}

/** Also those that are written and not committed yet. */
export const pages: readonly Page[] = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root, encoding: "utf8" })
  .trim().split("\n").sort().map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

export const pageCalled = (name: string): Page => {
  const page = pages.find((each) => each.name === name);
  if (page === undefined) throw new Error(`there is no page ${name}`);
  return page;
};
