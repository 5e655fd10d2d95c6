/** A version by its name, or by the beginning of one. */
import { MlspecError } from "../runtime/errors.ts";
import type { Registry } from "../runtime/registry/registry.ts";

/** The name itself where nothing begins so: who needs the version says that there is none. @throws MlspecError `bad-argument` where several begin so, or it is empty. */
export async function namedVersion({ registry, model }: { readonly registry: Registry; readonly model: string }, name: string): Promise<string> {
  // A shell's variable that is not set, rather than any version.
  if (name === "") throw new MlspecError("bad-argument", "the version is an empty text", { hint: "`mlspec versions` lists what there is." });
  const names = (await registry.list(model)).map((each) => each.version).filter((each) => each.startsWith(name));
  if (names.length > 1 && !names.includes(name)) throw new MlspecError("bad-argument", `${name} begins the names of ${names.length} versions of ${model}: ${names.join(", ")}`);
  return names.includes(name) ? name : (names[0] ?? name);
}
