/** From origins in the compiled spec to places that a person can open. */
import type { CompiledSpec, Origin } from "../../grammar/compiled-spec/index.ts";
import type { ErrorPlace } from "../errors.ts";

export function placeOf(spec: Pick<CompiledSpec, "files">, origin: Origin | undefined): ErrorPlace | undefined {
  if (!origin) return undefined;
  return { file: spec.files[origin.file]?.path ?? "", line: origin.range[0] + 1, column: origin.range[1] + 1 };
}
