/** Encodings of text files, by the names that people give them. */

/** As the Encoding Standard calls it (https://encoding.spec.whatwg.org/#names-and-labels), undefined where there is no such encoding. Latin-1 is windows-1252 there, which has all of it. */
export function encodingOf(name: string): string | undefined {
  const label = name.trim().toLowerCase().replace(/^(latin|utf|cp|windows|iso)[ _]/, "$1-").replace(/^latin-(\d)/, "latin$1").replace(/^cp-/, "cp").replace(/^(utf)(\d)/, "$1-$2");
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
