/** What a tag says. */
export interface Tagged {
  readonly tags: readonly { readonly name: string }[];
}

/** Says something about a person. */
export const isPersonal = ({ tags }: Tagged): boolean => tags.some(({ name }) => name === "pii");
