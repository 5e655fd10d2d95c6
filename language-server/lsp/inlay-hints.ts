/** textDocument/inlayHint: what a block leaves unsaid, defaults and what a stage implies, behind its opening brace. */
import { AstUtils, GrammarUtils, type LangiumDocument } from "langium";
import type { InlayHintProvider } from "langium/lsp";
import type { InlayHint, InlayHintLabelPart, InlayHintParams, Position } from "vscode-languageserver";
import type { Stage } from "../../grammar/compiled-spec/index.ts";
import { isBlock, isProperty, isRollout, isSection, type Block } from "../../grammar/generated/ast.ts";
import { durationLiteral } from "../checks/wording.ts";
import { vocabularyOfBlock, type BlockEntry, type PropertyEntry } from "../vocabulary/index.ts";
import { eachContained } from "./contained.ts";
import type { MlspecLspServices } from "./editor-services.ts";

export class MlspecInlayHints implements InlayHintProvider {
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    this.#services = services;
  }

  async getInlayHints(document: LangiumDocument, params: InlayHintParams): Promise<InlayHint[]> {
    if (!(await this.#services.editor.Client.showsDefaults())) return [];
    const blocks = AstUtils.streamAst(document.parseResult.value, { range: params.range }).filter(isBlock).toArray();
    return eachContained("inlay hints", blocks, (block) => hintOf(block, this.#stageOf(block, document)));
  }

  /** As it was compiled, when the block is a rollout's stage. */
  #stageOf(block: Block, document: LangiumDocument): Stage | undefined {
    const section = block.$container;
    const rollout = isSection(section) && section.kind === "stage" ? AstUtils.getContainerOfType(section, isRollout) : undefined;
    if (rollout === undefined || !isSection(section)) return undefined;
    const { spec } = this.#services.editor.Analyses.of(document);
    return spec.rollouts.find(({ name }) => name === rollout.name)?.stages.find(({ name }) => name === section.name);
  }
}

function hintOf(block: Block, stage: Stage | undefined): InlayHint[] {
  const entry = vocabularyOfBlock(block);
  const position = placeIn(block);
  if (entry === undefined || position === undefined) return [];
  const parts = [...unsaid(block, entry), ...(stage === undefined ? [] : implied(stage))];
  const label = parts.flatMap((part, i) => (i === 0 ? [part] : [{ value: ", " }, part]));
  return label.length === 0 ? [] : [{ position, label, paddingLeft: true, paddingRight: true }];
}

/** Behind `{`; in a block on one line behind its last item, so that it reads on. */
function placeIn(block: Block): Position | undefined {
  const open = GrammarUtils.findNodeForKeyword(block.$cstNode, "{");
  const close = GrammarUtils.findNodeForKeyword(block.$cstNode, "}");
  if (open === undefined || close === undefined) return undefined;
  const last = block.items.at(-1)?.$cstNode;
  return last !== undefined && open.range.start.line === close.range.start.line ? last.range.end : open.range.end;
}

function unsaid(block: Block, entry: BlockEntry): InlayHintLabelPart[] {
  const said = new Set(block.items.flatMap((item) => (isProperty(item) ? [item.name] : isSection(item) ? [item.kind] : [])));
  const properties = withDefaults(entry).filter((p) => !said.has(p.name)).map((p) => ({ value: `${p.name}: ${p.default}`, tooltip: p.doc }));
  const sections = entry.sections.filter((s) => !said.has(s.kind) && !s.repeatable).flatMap((s) => {
    const inside = withDefaults(s);
    if (inside.length === 0 || s.properties.some((p) => p.required)) return [];
    return [{ value: `${s.kind} { … }`, tooltip: [s.doc, ...inside.map((p) => `${p.name}: ${p.default}`)].join("\n") }];
  });
  return [...properties, ...sections];
}

const impliedDoc = "Implied in every stage that says nothing about errors: harm rolls back at once, and the stage needs no proof that there is none.";

const atMostDoc = "How long users may be in the stage: 14 days, or four holds where that is longer. What happens then is `otherwise`.";

function implied({ requirements, at, atMostMs }: Stage): InlayHintLabelPart[] {
  const atMost = at["at_most"] === undefined ? [{ value: `at_most: ${durationLiteral(atMostMs) ?? `${atMostMs}ms`}`, tooltip: atMostDoc }] : [];
  return [...atMost, ...requirements.flatMap((r) => (r.kind === "error-rate" && r.implied === true ? [{ value: `require ${r.text}`, tooltip: impliedDoc }] : []))];
}

const withDefaults = (entry: BlockEntry): readonly PropertyEntry[] => entry.properties.filter((p) => p.default !== undefined);
