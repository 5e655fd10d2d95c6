import type { Service as CompiledService } from "../../grammar/compiled-spec/index.ts";
import { isBuiltin, isDefinition, isModel, isReference, isText, isTruth, type Expression, type Service } from "../../grammar/generated/ast.ts";
import { namedBy, sections, valueOf } from "../language/navigate.ts";
import { showDuration } from "../language/quantity.ts";
import { Arguments, readCall } from "./arguments.ts";
import { textOf, type Context } from "./context.ts";
import { wrongKind } from "./datasets.ts";
import { reportIdle } from "./idle.ts";
import { numbersIn } from "./numbers.ts";
import type { Elaboration } from "./reading.ts";

export function compileService(node: Service, { context }: Elaboration): CompiledService | undefined {
  const value = valueOf(node, "model");
  const model = namedBy(value);
  const inBatch = numbersIn("Service batch", sections(node, "batch")[0], context);
  const batch = { size: inBatch.said("size"), waitMs: inBatch.said("wait") };
  const { said, perhaps } = numbersIn("Service", node, context);
  const [timeoutMs, volumePerMs] = [said("timeout"), perhaps("volume")];
  checkWait(node, batch, timeoutMs, context);
  const log = readLog(valueOf(node, "log"), context);
  if (value === undefined || model === undefined || typeof node.name !== "string") return undefined;
  if (!isModel(model)) return wrongKind(value, "model", model, context);
  const otherwise = readOtherwise(valueOf(node, "otherwise"), model, context);
  return { ...context.named(node), model: model.name, batch, timeoutMs, otherwise, log, volumePerMs };
}

/** A request that waits for others does so within its `timeout`. */
function checkWait(node: Service, batch: CompiledService["batch"], timeoutMs: number, context: Context): void {
  const section = sections(node, "batch")[0];
  const at = section && valueOf(section, "wait");
  if (section === undefined || at === undefined) return;
  if (batch.size === 1) reportIdle(section, ["wait"], "a batch of one request waits for no other (`size: 1`)", context);
  else if (batch.waitMs >= timeoutMs) {
    context.report(at, "out-of-range", `a request may wait ${showDuration(batch.waitMs)} for its batch, but is answered otherwise after ${showDuration(timeoutMs)} (\`timeout\`)`, { severity: "warning", hint: "`wait` is a small part of `timeout`." });
  }
}

function readOtherwise(e: Expression | undefined, model: Parameters<typeof namedBy>[0] | object, context: Context): string | null {
  const named = namedBy(e);
  if (e === undefined || named === undefined) return null;
  const isFallback = isDefinition(named) && named.kind === "fallback";
  if (isFallback && named.$container.$container === model) return named.name;
  const problem = isFallback ? "is a fallback of another model" : "is not a fallback";
  context.report(e, "wrong-kind", `\`${textOf(e)}\` ${problem}`, { hint: "Write `otherwise: model.fallback`, with `fallback name = …` in the model." });
  return null;
}

function readLog(e: Expression | undefined, context: Context): CompiledService["log"] {
  const unsaid = { flushMs: 1000, hashPii: true, retainMs: null };
  if (e === undefined) return unsaid;
  if (isReference(e)) {
    const word = e.target.ref;
    if (isBuiltin(word) && word.name === "off") return null;
    if (word === undefined && e.target.$refText !== "predictions") return unsaid;
  }
  if ((isText(e) && e.value === "off") || (isTruth(e) && e.text === "false")) return context.report(e, "type-mismatch", "`log` expects `off` or `predictions(…)`", { suggestion: "off", hint: "`log: off` logs nothing." }) ?? unsaid;
  const read = readCall(e, ["predictions"], "`log`", context);
  if (read === undefined) return unsaid;
  const given = new Arguments(read.entry, read.bound, context);
  return {
    flushMs: given.number("flush", "duration") ?? unsaid.flushMs, hashPii: given.truth("hash_pii") ?? unsaid.hashPii, retainMs: given.number("retain", "duration") ?? unsaid.retainMs,
  };
}
