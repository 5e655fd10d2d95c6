import { CompiledSpec, packed } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { exit } from "../exit.ts";
import { sharedDefinitions } from "../json-schema.ts";
import type { Call } from "../call.ts";
import { loadValid, specPath } from "../spec.ts";

export async function compile(file: string | undefined, { options, terminal }: Call<{ schema?: boolean }>): Promise<number> {
  if (options.schema) {
    terminal.out(`${JSON.stringify(sharedDefinitions(CompiledSpec), null, 2)}\n`);
    return exit.ok;
  }
  if (file === undefined) throw new MlspecError("bad-argument", "compile needs a file", { hint: "`mlspec compile shop.mlspec`, or `mlspec compile --schema`." });
  terminal.out(`${JSON.stringify(packed(await loadValid(specPath(file, terminal.cwd), terminal)), null, 2)}\n`);
  return exit.ok;
}
