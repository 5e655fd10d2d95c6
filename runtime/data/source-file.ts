/** A file of a source. */
export interface SourceFile {
  /** As it is told. */
  readonly path: string;
  readonly bytes: number;
  /** Where its bytes are: elsewhere, if it was downloaded or written anew. */
  readonly at: string;
}
