import type { Policy as CompiledPolicy, PolicyRule, Role as CompiledRole } from "../../grammar/compiled-spec/index.ts";
import { isBinary, isBuiltin, isCall, isQualified, isReference, isRole, isSection, isUnary, type Denial, type Expression, type Policy, type Requirement, type Role } from "../../grammar/generated/ast.ts";
import { denials, isUnresolved, namedBy, requirements, valueOf } from "../language/navigate.ts";
import { written } from "../language/whole.ts";
import { soleName } from "./arguments.ts";
import { allowQualifiers, readName, ungroup } from "./clauses.ts";
import { wrongKind } from "./datasets.ts";
import { readTexts } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import type { Elaboration } from "./reading.ts";

export function compileRole(node: Role, { context }: Elaboration): CompiledRole | undefined {
  if (typeof node.name !== "string") return undefined;
  return { ...context.named(node), members: [...new Set(readTexts(valueOf(node, "members"), "`members`", context))] };
}

export function compilePolicy(node: Policy, { context }: Elaboration): CompiledPolicy | undefined {
  if (typeof node.name !== "string") return undefined;
  const rules = [...denials(node).map((d) => readDenial(d, context)), ...requirements(node).map((r) => readApproval(r, context))];
  return { ...context.named(node), rules: rules.filter((r) => r !== undefined) };
}

/** `deny inputs where pii and not hashed` */
function readDenial(node: Denial, context: Context): PolicyRule | undefined {
  const subject = written(node.subject);
  if (subject === undefined) return undefined;
  const named = namedBy(subject);
  if (!isQualified(subject) || subject.where === undefined || !isBuiltin(named) || named.name !== "inputs") {
    return isUnresolved(isQualified(subject) ? subject.subject : subject) ? undefined : context.report(subject, "wrong-clause", "a policy denies inputs by their tags: `deny inputs where pii and not hashed`");
  }
  if (!allowQualifiers(subject, ["where"], context)) return undefined;
  const tags: string[] = [];
  const unless: string[] = [];
  if (!readTagTerms(subject.where, tags, unless, context)) return undefined;
  const both = tags.find((tag) => unless.includes(tag));
  if (both !== undefined) return context.report(subject.where, "wrong-clause", `nothing is \`${both}\` and \`not ${both}\`: this denies no input`, { hint: "For example `deny inputs where pii and not hashed`." });
  if (tags.length === 0) return context.report(subject.where, "wrong-clause", "say which inputs: a denial needs at least one tag without `not`");
  return { origin: context.origin(subject), text: textOf(subject), kind: "deny-inputs", tags, unless };
}

function readTagTerms(e: Expression, tags: string[], unless: string[], context: Context): boolean {
  const term = ungroup(e);
  if (isBinary(term) && term.operator === "and") {
    const left = readTagTerms(term.left, tags, unless, context);
    return readTagTerms(term.right, tags, unless, context) && left;
  }
  const negated = isUnary(term) && term.operator === "not";
  const name = negated ? ungroup(term.operand) : term;
  const tag = isReference(name) ? name.target.ref : undefined;
  if (isBuiltin(tag) && tag.kind === "tag") {
    (negated ? unless : tags).push(tag.name);
    return true;
  }
  if (!isReference(name) || tag !== undefined) context.report(term, "wrong-clause", `tags are joined by \`and\` and \`not\`: \`${textOf(term)}\` is something else`);
  return false;
}

/** `require approval(product_lead) before ramp` */
function readApproval(node: Requirement, context: Context): PolicyRule | undefined {
  const condition = node.condition as Expression | undefined;
  if (condition === undefined) return undefined;
  const call = isQualified(condition) ? ungroup(condition.subject) : undefined;
  if (!isQualified(condition) || condition.before === undefined || !isCall(call) || call.function !== "approval") {
    return context.report(condition, "wrong-clause", "a policy requires approvals: `require approval(role) before stage`");
  }
  if (!allowQualifiers(condition, ["before"], context)) return undefined;
  const role = soleName(call, "one role", context)?.named;
  const stage = readName(condition.before, "the name of a stage", context);
  if (role === undefined || stage === undefined) return undefined;
  if (!isRole(role)) return wrongKind(call.arguments[0]?.value ?? call, "role", role, context);
  if (!isSection(stage) || stage.kind !== "stage" || stage.name === undefined) return wrongKind(condition.before, "stage", stage, context);
  return { origin: context.origin(condition), text: textOf(condition), kind: "require-approval", role: role.name, stage: stage.name };
}
