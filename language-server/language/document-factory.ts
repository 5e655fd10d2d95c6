import { DefaultLangiumDocumentFactory, isOperationCancelled, type AstNode, type Cancellation, type LangiumDocument, type ParseResult, type ParserOptions, type URI } from "langium";
import { MlspecError } from "../../runtime/errors.ts";

type Failed = ParseResult & { readonly failure?: unknown };

/** Why there is nothing in a document: it cannot be read (an `MlspecError`), or the parser made a mistake. */
export const failureOf = (document: LangiumDocument): unknown => (document.parseResult as Failed).failure;

/** What cannot be read is a document with nothing in it, and says why: one such file among others costs them nothing. A file that is not there is no document. */
export class MlspecDocumentFactory extends DefaultLangiumDocumentFactory {
  override async fromUri<T extends AstNode = AstNode>(uri: URI, cancellationToken?: Cancellation.CancellationToken): Promise<LangiumDocument<T>> {
    try {
      return await super.fromUri<T>(uri, cancellationToken);
    } catch (error) {
      if (!(error instanceof MlspecError) || error.code === "file-not-found") throw error;
      return this.createLangiumDocument<T>(this.nothing(uri, error), uri, undefined, "");
    }
  }

  override async update<T extends AstNode = AstNode>(document: LangiumDocument<T>, cancellationToken: Cancellation.CancellationToken): Promise<LangiumDocument<T>> {
    try {
      return await super.update(document, cancellationToken);
    } catch (error) {
      if (isOperationCancelled(error)) throw error;
      document.parseResult = this.nothing(document.uri, error);
      Object.assign(document.parseResult.value, { $document: document });
      return document;
    }
  }

  protected override parse<T extends AstNode>(uri: URI, text: string, options?: ParserOptions): ParseResult<T> {
    try {
      return super.parse<T>(uri, text, options);
    } catch (error) {
      return this.nothing(uri, error);
    }
  }

  protected override async parseAsync<T extends AstNode>(uri: URI, text: string, cancellationToken: Cancellation.CancellationToken): Promise<ParseResult<T>> {
    try {
      return await super.parseAsync<T>(uri, text, cancellationToken);
    } catch (error) {
      if (isOperationCancelled(error)) throw error;
      return this.nothing(uri, error);
    }
  }

  private nothing<T extends AstNode>(uri: URI, failure: unknown): ParseResult<T> {
    const parsed = this.serviceRegistry.getServices(uri).parser.LangiumParser.parse<T>("");
    // Without a text of its own it is parsed again, whatever the next text is.
    Object.assign(parsed.value, { $cstNode: undefined });
    return Object.assign(parsed, { failure });
  }
}
