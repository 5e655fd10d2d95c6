/**
 * Who refers to what. As Langium's provider describes it, but for the path to the place of a reference: only renaming asks for it, and in a sum of
 * thousands of terms each path names every operator above it, so that it is spelt out when asked for.
 */
import { CstUtils, DefaultReferenceDescriptionProvider, UriUtils, type ReferenceDescription, type ReferenceInfo } from "langium";
import { documentOf } from "./place.ts";

export class MlspecReferenceDescriptions extends DefaultReferenceDescriptionProvider {
  protected override createInfoDescriptions({ container, reference }: ReferenceInfo): ReferenceDescription[] {
    const target = "ref" in reference && reference.error === undefined ? reference.$nodeDescription : undefined;
    const text = reference.$refNode;
    if (target === undefined || text === undefined) return [];
    const sourceUri = documentOf(container).uri;
    const locator = this.nodeLocator;
    return [{
      sourceUri, targetUri: target.documentUri, targetPath: target.path, segment: CstUtils.toDocumentSegment(text),
      local: UriUtils.equals(target.documentUri, sourceUri),
      get sourcePath() { return locator.getAstNodePath(container); },
    }];
  }
}
