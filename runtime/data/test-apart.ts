/** A test source reads none of the examples' files, however the path to them is written: a model is not tested on what it was trained on. */
import { realpathSync } from "node:fs";
import { MlspecError } from "../errors.ts";
import type { Database } from "./database.ts";
import type { DatasetParts } from "./dataset-parts.ts";
import { placeOf } from "./place.ts";
import { sourceFiles, type FileOptions } from "./source-files.ts";

/** Throws `test-file-shared`. Copies and hard links are files of their own. */
export async function requireTestApart(database: Database, { dataset, examples, test }: DatasetParts, options: FileOptions): Promise<void> {
  if (test === null) return;
  const theirs = new Map((await sourceFiles(database, examples, options)).files.map(({ at, path }) => [realpathSync(at), path]));
  const shared = (await sourceFiles(database, test, options)).files.flatMap(({ at, path }) => {
    const same = theirs.get(realpathSync(at));
    return same === undefined ? [] : [same === path ? path : `${path} (which is ${same})`];
  });
  const [first] = shared;
  if (first === undefined) return;
  const what = shared.length === 1 ? `${first} is` : `${first} and ${shared.length - 1} more are`;
  throw new MlspecError("test-file-shared", `${what} read by ${test.name}, which tests dataset ${dataset.name}, and by ${examples.name}, which holds its examples: the model would be tested on what it was trained on.`, {
    where: placeOf(options.spec, dataset.at["test"] ?? dataset.origin), hint: "Name a source of other files, or leave `test` out: then a part of the examples tests.",
  });
}
