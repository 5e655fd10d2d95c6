/**
 * One reading of all files. Each declaration is compiled once, when first asked for, for whoever imports it, and keeps the problems
 * found on the way; validation and `compileSpec` both read from here, so that they cannot disagree.
 */
import type { AstNode } from "langium";
import type { AggregateValue, Column as CompiledColumn, Dataset as CompiledDataset, Entity as CompiledEntity, Evaluation as CompiledEvaluation, FeatureView, Label as CompiledLabel, Model as CompiledModel, Policy as CompiledPolicy, Role as CompiledRole, Rollout as CompiledRollout, Service as CompiledService, Slo as CompiledSlo, Source as CompiledSource } from "../../grammar/compiled-spec/index.ts";
import type { Column, Dataset, Declaration, Definition, Entity, Evaluation, Features, Label, Model, Policy, Role, Rollout, Service, Slo, Source } from "../../grammar/generated/ast.ts";
import type { Problem } from "../validation/problem.ts";
import type { KnownAggregates } from "./aggregates.ts";
import { compileColumn } from "./columns.ts";
import { defect } from "../validation/defect.ts";
import { rangeOf, type Context } from "./context.ts";
import { ExamplesRow } from "./dataset-row.ts";
import { compileDataset } from "./datasets.ts";
import { neededFirst } from "./dependencies.ts";
import { compileEvaluation } from "./evaluations.ts";
import { compileDefinition, compileFeatures } from "./features.ts";
import type { CheckedDefinition, DatasetRow, Elaboration } from "./reading.ts";
import { compileLabel } from "./labels.ts";
import { compileModel } from "./models.ts";
import { compilePolicy, compileRole } from "./policies.ts";
import { compileRollout } from "./rollouts.ts";
import { compileService } from "./services.ts";
import { compileSlo } from "./slos.ts";
import { compileEntity, compileSource } from "./sources.ts";
import { TakenColumns } from "./taken-columns.ts";

export const defectIn = (node: AstNode, error: unknown): Problem => defect(`reading \`${(node as { name?: string }).name ?? node.$type.toLowerCase()}\``, error, rangeOf(node, "name"));

export class Elaborator implements Elaboration {
  readonly context: Context;
  private readonly done = new Map<AstNode, unknown>();
  private readonly open: AstNode[] = [];
  private readonly isOpen = new Set<AstNode>();

  constructor(context: Context) {
    this.context = context;
  }

  private readonly taken = new Map<AstNode, TakenColumns>();
  private readonly rows = new Map<Source, DatasetRow>();

  takenBy(node: Model | Evaluation | Rollout): TakenColumns {
    const known = this.taken.get(node) ?? new TakenColumns();
    this.taken.set(node, known);
    return known;
  }

  private readonly aggregates = new Map<Features, KnownAggregates>();

  aggregatesOf(view: Features): KnownAggregates {
    const known = this.aggregates.get(view) ?? new Map<string, AggregateValue>();
    this.aggregates.set(view, known);
    return known;
  }

  rowOf(examples: Source): DatasetRow {
    const known = this.rows.get(examples) ?? new ExamplesRow(examples, this);
    this.rows.set(examples, known);
    return known;
  }

  /** Compiles every declaration of this kind once. Undefined: it has a mistake that nothing can be built on. */
  private once<N extends AstNode, T>(node: N, compile: (node: N, elaboration: Elaboration) => T): T | undefined {
    if (this.done.has(node)) return this.done.get(node) as T;
    if (this.isOpen.has(node)) return this.reportCycle(node);
    this.open.push(node);
    this.isOpen.add(node);
    const value = this.attempt(node, compile);
    this.open.pop();
    this.isOpen.delete(node);
    this.done.set(node, value);
    return value;
  }

  /** Undefined when it throws: a mistake of our own is a problem of the declaration, and costs nothing but it. */
  private attempt<N extends AstNode, T>(node: N, compile: (node: N, elaboration: Elaboration) => T): T | undefined {
    const depth = this.open.length;
    try {
      return compile(node, this);
    } catch (error) {
      for (const left of this.open.splice(depth)) this.isOpen.delete(left);
      if (!(error instanceof RangeError)) return this.context.note(node, defectIn(node, error));
      // Deeper than the stack goes.
      return this.context.report(node, "unsupported", "this is nested too deeply: give parts of its expressions names of their own", { property: "name" });
    }
  }

  /** Of a long row of definitions each finds the one before it done. */
  private afterOthers<N extends Definition | Column, T>(node: N, compile: (node: N, elaboration: Elaboration) => T): T | undefined {
    const [isDone, isBegun] = [(other: N) => this.done.has(other), (other: N) => this.open.includes(other)];
    if (!isDone(node) && !isBegun(node)) for (const other of neededFirst(node, isDone, isBegun)) this.once(other, compile);
    return this.once(node, compile);
  }

  private reportCycle(node: AstNode): undefined {
    const cycle = this.open.slice(this.open.indexOf(node));
    const path = [...cycle, node].map((n) => (n as { name?: string }).name ?? "?").join(" → ");
    return this.context.report(node, "cyclic-definition", `\`${(node as { name?: string }).name ?? "it"}\` is defined by itself: ${path}`, {
      property: "name", related: cycle.slice(1).map((n) => this.context.related(n, "by way of this")),
    });
  }

  entity = (node: Entity): CompiledEntity | undefined => this.once(node, compileEntity);
  source = (node: Source): CompiledSource | undefined => this.once(node, compileSource);
  column = (node: Column): CompiledColumn | undefined => this.afterOthers(node, compileColumn);
  features = (node: Features): FeatureView | undefined => this.once(node, compileFeatures);
  definition = (node: Definition): CheckedDefinition | undefined => this.afterOthers(node, compileDefinition);
  label = (node: Label): CompiledLabel | undefined => this.once(node, compileLabel);
  /** Without the columns that only evaluations and rollouts need: `compileSpec` adds those. */
  dataset = (node: Dataset): CompiledDataset | undefined => this.once(node, compileDataset);
  model = (node: Model): CompiledModel | undefined => this.once(node, compileModel);
  evaluation = (node: Evaluation): CompiledEvaluation | undefined => this.once(node, compileEvaluation);
  service = (node: Service): CompiledService | undefined => this.once(node, compileService);
  slo = (node: Slo): CompiledSlo | undefined => this.once(node, compileSlo);
  rollout = (node: Rollout): CompiledRollout | undefined => this.once(node, compileRollout);
  policy = (node: Policy): CompiledPolicy | undefined => this.once(node, compilePolicy);
  role = (node: Role): CompiledRole | undefined => this.once(node, compileRole);

  /** A declaration that has no name yet is half-typed, which the parser has said: nothing more is said about what it means. */
  problemsOf(node: Declaration): readonly Problem[] {
    this.compile(node);
    const problems = this.context.problemsOf(node);
    return typeof node.name === "string" ? problems : problems.filter((p) => p.code === "internal-error");
  }

  private compile(node: Declaration): void {
    switch (node.$type) {
      case "Entity": this.entity(node); break;
      case "Source": this.source(node); break;
      case "Features": this.features(node); break;
      case "Label": this.label(node); break;
      case "Dataset": this.dataset(node); break;
      case "Model": this.model(node); break;
      case "Evaluation": this.evaluation(node); break;
      case "Service": this.service(node); break;
      case "Slo": this.slo(node); break;
      case "Rollout": this.rollout(node); break;
      case "Policy": this.policy(node); break;
      case "Role": this.role(node); break;
      case "Builtin": break;
    }
  }
}
