/**
 * Which changes on disk matter: those of specs. Langium watches everything, so that Parquet files written by a training run
 * would cancel builds and empty caches.
 */
import type { FileSystemProvider, LangiumDocuments } from "langium";
import { URI } from "langium";
import { DefaultDocumentUpdateHandler, type FileOperationHandler, type LangiumSharedServices } from "langium/lsp";
import type {
  DeleteFilesParams, DidChangeWatchedFilesParams, FileOperationOptions, FileSystemWatcher, RenameFilesParams,
  TextDocumentChangeEvent,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";

/** Not the state folder `.mlspec`, whose name ends like a spec's, nor anything in it or in installed packages. */
export const isSpec = (uri: string): boolean => /\.mlspec$/.test(uri) && !/\/\.mlspec$|\/(\.mlspec|node_modules)\//.test(uri);

export class SpecUpdates extends DefaultDocumentUpdateHandler {
  readonly #files: FileSystemProvider;
  readonly #open: LangiumSharedServices["workspace"]["TextDocuments"];

  constructor(services: LangiumSharedServices) {
    super(services);
    this.#files = services.workspace.FileSystemProvider;
    this.#open = services.workspace.TextDocuments;
  }

  protected override getWatchers(): FileSystemWatcher[] {
    return [{ globPattern: "**/*.mlspec" }];
  }

  override didChangeWatchedFiles(params: DidChangeWatchedFilesParams): void {
    // What is open in the editor counts as the editor shows it, whatever happens on disk.
    const changes = params.changes.filter((change) => isSpec(change.uri) && this.#open.get(URI.parse(change.uri)) === undefined);
    if (changes.length > 0) super.didChangeWatchedFiles({ changes });
  }

  /** Unsaved edits were thrown away, or a file that never was on disk was closed: the disk counts again. */
  didCloseDocument(event: TextDocumentChangeEvent<TextDocument>): void {
    const uri = URI.parse(event.document.uri);
    const exists = uri.scheme === "file" && this.#files.existsSync(uri);
    this.fireDocumentUpdate(exists ? [uri] : [], exists ? [] : [uri]);
  }

  removed(uris: readonly string[]): void {
    this.fireDocumentUpdate([], uris.map((uri) => URI.parse(uri)));
  }

  added(uris: readonly string[]): void {
    this.fireDocumentUpdate(uris.map((uri) => URI.parse(uri)), []);
  }
}

/** Folders moved or deleted in the editor: a watcher for `*.mlspec` does not hear of them. */
export class FolderOperations implements FileOperationHandler {
  readonly fileOperationOptions: FileOperationOptions = {
    didRename: { filters: [{ scheme: "file", pattern: { glob: "**", matches: "folder" } }] },
    didDelete: { filters: [{ scheme: "file", pattern: { glob: "**", matches: "folder" } }] },
  };
  readonly #updates: () => SpecUpdates;
  readonly #documents: LangiumDocuments;

  constructor(services: LangiumSharedServices) {
    this.#updates = () => services.lsp.DocumentUpdateHandler as SpecUpdates;
    this.#documents = services.workspace.LangiumDocuments;
  }

  didDeleteFiles(params: DeleteFilesParams): void {
    const known = params.files.map((file) => file.uri).filter((uri) => this.#holdsSpecs(uri));
    if (known.length > 0) this.#updates().removed(known);
  }

  didRenameFiles(params: RenameFilesParams): void {
    this.didDeleteFiles({ files: params.files.map((file) => ({ uri: file.oldUri })) });
    this.#updates().added(params.files.map((file) => file.newUri));
  }

  #holdsSpecs(folder: string): boolean {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    return this.#documents.all.some((document) => document.uri.toString().startsWith(prefix));
  }
}

