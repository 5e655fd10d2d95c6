/** What `hashed` does: the value is no longer personal data in the clear, and says so by a tag of its own. */
export const tagOperations: ReadonlyMap<string, { readonly removes: readonly string[]; readonly adds: readonly string[] }> = new Map([
  ["hashed", { removes: ["pii"], adds: ["hashed"] }],
]);
