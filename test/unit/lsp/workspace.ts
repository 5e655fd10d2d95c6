/**
 * A workspace in memory, for tests that read like an editor: `‸` in a text is the cursor, `«…»` marks ranges. Both are taken
 * out before the text is opened.
 */
import { EmptyFileSystem, URI, type LangiumDocument } from "langium";
import type { InitializeParams, Position, Range } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { MlspecLspServices } from "../../../language-server/lsp/editor-services.ts";
import { createEditorServices } from "../../../language-server/lsp/module.ts";
import type { InitializationOptions } from "../../../language-server/lsp/protocol.ts";


export interface Workspace {
  readonly services: MlspecLspServices;
  /** The file with the cursor, else the first. */
  readonly document: LangiumDocument;
  readonly position: Position;
  /** Of `«…»`, over all files in order. */
  readonly marked: readonly { readonly uri: string; readonly range: Range }[];
  readonly params: { readonly textDocument: { readonly uri: string }; readonly position: Position };
  file(name: string): LangiumDocument;
}

export const uriOf = (name: string): string => `file:///shop/${name}`;

export async function open(files: string | Readonly<Record<string, string>>, options: InitializationOptions = {}): Promise<Workspace> {
  const services = createEditorServices({ ...EmptyFileSystem }).mlspec;
  await services.shared.lsp.LanguageServer.initialize(initializeParams(options));
  const parsed = Object.entries(typeof files === "string" ? { "main.mlspec": files } : files).map(([name, text]) => readMarkers(name, text));
  const factory = services.shared.workspace.LangiumDocumentFactory;
  const documents = parsed.map((file) => factory.fromString(file.text, URI.parse(file.uri)));
  for (const document of documents) services.shared.workspace.LangiumDocuments.addDocument(document);
  await services.shared.workspace.DocumentBuilder.build(documents, { validation: true });
  const at = Math.max(0, parsed.findIndex((file) => file.cursor !== undefined));
  const document = documents[at]!;
  const position = document.textDocument.positionAt(parsed[at]!.cursor ?? 0);
  const marked = parsed.flatMap((file) => file.marked.map((range) => ({ uri: file.uri, range })));
  const params = { textDocument: { uri: document.uri.toString() }, position };
  const file = (name: string) => documents[parsed.findIndex((p) => p.uri === uriOf(name))]!;
  return { services, document, position, marked, params, file };
}

const initializeParams = (initializationOptions: InitializationOptions): InitializeParams => ({
  processId: null,
  rootUri: null,
  workspaceFolders: null,
  capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
  initializationOptions,
});

function readMarkers(name: string, source: string) {
  let text = "";
  let cursor: number | undefined;
  const starts: number[] = [];
  const spans: [number, number][] = [];
  for (const character of source) {
    if (character === "‸") cursor = text.length;
    else if (character === "«") starts.push(text.length);
    else if (character === "»") spans.push([starts.pop()!, text.length]);
    else text += character;
  }
  const document = TextDocument.create(uriOf(name), "mlspec", 0, text);
  const marked = spans.map(([start, end]): Range => ({ start: document.positionAt(start), end: document.positionAt(end) }));
  return { uri: uriOf(name), text, cursor, marked };
}

/** A small shop that is complete, for tests to start from. */
export const shop = `entity shopper { key: shopper_id }
/// Something the shop sells.
entity product { key: sku }
source impressions {
  read: parquet("impressions/*.parquet")
  time: shown_at
  columns {
    shopper_id: string -> shopper @pii
    sku: string -> product
    country: string
    /// In the shop's currency.
    list_price: float?
    shown_at: timestamp
  }
}
source purchases {
  read: parquet("purchases/*.parquet")
  time: bought_at
  retain: 400d
  columns {
    shopper_id: string -> shopper @pii
    sku: string -> product
    price: float
    bought_at: timestamp
  }
}
features popularity for product {
  from: purchases
  /// Sold in the last week.
  sales_7d = count() over 7d
  mean_price = avg(price) over 28d
  refresh: 1h
  max_age: 6h
}
label purchased: bool {
  of: impressions
  is: exists(purchases where same(shopper) and same(product))
  within: 24h
}
dataset shown {
  examples: impressions
  label: purchased
  features: [popularity.*, impressions.country]
  split: by_time(train: 80%, validate: 10%, test: 10%)
}
model ranker {
  predict: purchased from shown
  inputs {
    sales = standardize(log1p(popularity.sales_7d))
    country = one_hot(impressions.country, top: 20)
  }
  fallback popular = clip(0.02 + popularity.sales_7d * 0.0001, 0.0, 1.0)
}
evaluation quality of ranker {
  metrics: [auc]
  slices: [impressions.country]
  require auc >= 0.7
}
service recommend {
  model: ranker
  otherwise: ranker.popular
}
`;
