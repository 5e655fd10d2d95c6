/** Characters in messages, so that nobody has to guess which ones they are: a Cyrillic `ѕ` looks like a Latin `s`, and a zero-width space like nothing. */

const printed = /^[\p{L}\p{N}\p{P}\p{S}\p{M} ]$/u;

const codePoint = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** In backticks, what cannot be seen left out; with the code points of all that is not ASCII, the first three of them. */
export function shown(text: string): string {
  const characters = [...text];
  const visible = characters.filter((c) => printed.test(c)).join("");
  const strange = [...new Set(characters.filter((c) => c !== "…" && !/^[ -~]$/.test(c)))].map(codePoint);
  if (strange.length === 0) return `\`${text}\``;
  const points = `${strange.slice(0, 3).join(", ")}${strange.length > 3 ? " …" : ""}`;
  return visible.trim() === "" ? points : `\`${visible}\` (${points})`;
}
