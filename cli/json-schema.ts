/** A schema as other tools read it: what it defines stands once, at the root, under `definitions` (draft 7: tuples are written its way). */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The compiled spec's schema repeats the definition of an expression, with its `$id`, wherever one may stand. JSON Schema allows an
 * `$id` only once, so the definitions move to the root and the references point there.
 */
export function sharedDefinitions(schema: unknown): Json {
  const definitions: Record<string, Json> = {};
  const walk = (part: Json): Json => {
    if (part === null || typeof part !== "object") return part;
    if (Array.isArray(part)) return part.map(walk);
    const { $defs, ...rest } = part as { readonly [key: string]: Json };
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      if (name in definitions) continue;
      definitions[name] = {};
      const { $id: _id, ...content } = definition as { readonly [key: string]: Json };
      definitions[name] = walk(content);
    }
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, key === "$ref" && typeof value === "string" ? pointer(value) : walk(value)]));
  };
  const root = walk(JSON.parse(JSON.stringify(schema)) as Json) as Record<string, Json>;
  return { $schema: "http://json-schema.org/draft-07/schema#", ...root, definitions };
}

const pointer = (name: string): string => (/^[A-Za-z]+$/.test(name) ? `#/definitions/${name}` : name);
