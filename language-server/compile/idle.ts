/** Properties that say nothing beside what else is said: `refresh` of values that are not kept online. */
import { valueOf, type Holder } from "../language/navigate.ts";
import type { Context } from "./context.ts";

/** Told of each that is written. `why` ends the sentence "`refresh` says nothing: …". */
export function reportIdle(holder: Holder, names: readonly string[], why: string, context: Context): void {
  for (const name of names) {
    const value = valueOf(holder, name);
    if (value !== undefined) context.report(value, "no-effect", `\`${name}\` says nothing: ${why}`, { severity: "warning", hint: "Leave it out." });
  }
}
