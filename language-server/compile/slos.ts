import type { Indicator, Slo as CompiledSlo } from "../../grammar/compiled-spec/index.ts";
import { isBinary, isBuiltin, isCall, isLabel, isQualified, isReference, isService, type Binary, type Call, type Expression, type Slo } from "../../grammar/generated/ast.ts";
import { isUnresolved, namedBy, sections, valueOf } from "../language/navigate.ts";
import { soleArgument, soleName } from "./arguments.ts";
import { allowQualifiers, spelledAs, ungroup } from "./clauses.ts";
import { readNumber } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { deciding, fraction, percent } from "./reach.ts";
import { numbersIn } from "./numbers.ts";
import type { Elaboration } from "./reading.ts";

const example = "for example `share(latency < 50ms) >= 99% over 28d` or `rate(purchased) >= 4% over 7d`";

export function compileSlo(node: Slo, { context }: Elaboration): CompiledSlo | undefined {
  const objective = readObjective(valueOf(node, "objective"), context);
  const respond = readRespond(node, context);
  const target = node.target?.ref;
  if (objective === undefined || target === undefined || typeof node.name !== "string") return undefined;
  const kind = isService(target) ? "service" as const : "model" as const;
  return { ...context.named(node), target: { kind, name: target.name }, ...objective, respond };
}

function readObjective(e: Expression | undefined, context: Context): { indicator: Indicator; objective: number; windowMs: number } | undefined {
  if (e === undefined) return undefined;
  const whole = ungroup(e);
  if (!isQualified(whole) || whole.over === undefined) return context.report(e, "wrong-clause", "over which time? An objective ends in `over 7d`", { hint: example });
  if (!allowQualifiers(whole, ["over"], context)) return undefined;
  const condition = ungroup(whole.subject);
  if (!isBinary(condition) || (condition.operator !== ">=" && condition.operator !== ">")) {
    return context.report(whole.subject, "wrong-clause", `an objective says what must be reached: ${example}`);
  }
  const indicator = readIndicator(ungroup(condition.left), condition, context);
  const share = readNumber(condition.right, "share", "the objective", context);
  const objective = share === undefined ? undefined : deciding(share, condition.operator, fraction, condition.right, "a share", percent, context);
  const isSpelled = spelledAs(">=", { comparison: condition.operator, written: condition }, "a share that must be reached", context);
  const windowMs = readNumber(whole.over, "duration", "`over`", context, { min: 1 });
  return indicator === undefined || objective === undefined || windowMs === undefined || !isSpelled ? undefined : { indicator, objective, windowMs };
}

function readIndicator(e: Expression, at: Binary, context: Context): Indicator | undefined {
  if (!isCall(e)) return context.report(at.left, "wrong-clause", `nothing measures \`${textOf(at.left)}\`: ${example}`);
  if (e.function === "rate") return readRate(e, context);
  if (e.function !== "share") return context.report(e, "unknown-function", `an objective is a \`share(…)\` or a \`rate(…)\`, not \`${e.function}\``, { property: "function", hint: example });
  const argument = soleArgument(e, "`succeeded`, `latency < 50ms` or `model_age < 24h`", context);
  if (argument === undefined) return undefined;
  const inner = ungroup(argument);
  if (isReference(inner)) {
    const named = inner.target.ref;
    if (named === undefined) return undefined;
    if (isBuiltin(named) && named.name === "succeeded") return { kind: "succeeded" };
  }
  return readBelow(inner, context);
}

function readRate(e: Call, context: Context): Indicator | undefined {
  const argument = soleName(e, "a label", context);
  if (argument === undefined) return undefined;
  return isLabel(argument.named) ? { kind: "label-rate", label: argument.named.name } : context.report(argument.at, "wrong-kind", `\`${e.function}\` takes a label, but \`${textOf(argument.at)}\` is not one`);
}

function readBelow(e: Expression, context: Context): Indicator | undefined {
  const named = isBinary(e) ? namedBy(e.left) : undefined;
  const signal = isBuiltin(named) ? named.name : undefined;
  if (!isBinary(e) || (signal !== "latency" && signal !== "model_age") || (e.operator !== "<" && e.operator !== "<=")) {
    const unresolved = isBinary(e) && isUnresolved(e.left);
    return unresolved ? undefined : context.report(e, "wrong-clause", `a share is of \`succeeded\`, \`latency < 50ms\` or \`model_age < 24h\`, not of \`${textOf(e)}\``);
  }
  const belowMs = readNumber(e.right, "duration", `\`${signal}\``, context, { above: 0 });
  if (belowMs === undefined || !spelledAs("<", { comparison: e.operator, written: e }, "a time", context)) return undefined;
  return { kind: signal === "latency" ? "latency" : "model-age", belowMs };
}

function readRespond(node: Slo, context: Context): CompiledSlo["respond"] {
  const respond = sections(node, "respond")[0];
  if (respond === undefined) return null;
  const { perhaps } = numbersIn("Slo respond", respond, context);
  const [detectMs, decideMs, recoverMs] = [perhaps("detect"), perhaps("decide"), perhaps("recover")];
  return detectMs === null || decideMs === null || recoverMs === null ? null : { detectMs, decideMs, recoverMs };
}
