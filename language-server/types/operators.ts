/** The algebra of units and time: which operands an operator takes and what comes out. Pure: types in, a type or a message out. */
import { comparable, inWords, isMoment, isNumeric, type, type Type } from "./type.ts";

export interface Operand {
  readonly type: Type;
  /** As written, for messages. */
  readonly text: string;
}

export type Outcome = { readonly type: Type } | { readonly error: string; readonly hint?: string };

const verbs: Readonly<Record<string, (a: string, b: string) => string>> = {
  "+": (a, b) => `add ${a} and ${b}`,
  "-": (a, b) => `subtract ${b} from ${a}`,
  "*": (a, b) => `multiply ${a} by ${b}`,
  "/": (a, b) => `divide ${a} by ${b}`,
  "%": (a, b) => `take the remainder of ${a} by ${b}`,
  "^": (a, b) => `raise ${a} to ${b}`,
};

export const named = (o: Operand): string => `${inWords(o.type)} (${o.text.length > 40 ? `${o.text.slice(0, 37)}…` : o.text})`;

export function arithmetic(operator: string, left: Operand, right: Operand): Outcome {
  const nullable = left.type.nullable || right.type.nullable;
  const kind = arithmeticKind(operator, left.type, right.type);
  if (kind !== undefined) return { type: type(kind, nullable) };
  const error = `cannot ${(verbs[operator] ?? ((a, b) => `combine ${a} and ${b}`))(named(left), named(right))}`;
  return operator === "+" && left.type.kind === "string" ? { error, hint: "texts are joined by concat(a, b)" } : { error };
}

function arithmeticKind(operator: string, a: Type, b: Type): Type["kind"] | undefined {
  const numbers = isNumeric(a) && isNumeric(b);
  const wider = a.kind === "int" && b.kind === "int" ? "int" : "float";
  switch (operator) {
    case "+":
      if (numbers) return wider;
      if (a.kind === b.kind && (a.kind === "duration" || a.kind === "size")) return a.kind;
      return (isMoment(a) && b.kind === "duration") || (a.kind === "duration" && isMoment(b)) ? "timestamp" : undefined;
    case "-":
      if (numbers) return wider;
      if (a.kind === b.kind && (a.kind === "duration" || a.kind === "size")) return a.kind;
      if (isMoment(a) && isMoment(b)) return "duration";
      return isMoment(a) && b.kind === "duration" ? "timestamp" : undefined;
    case "*":
      if (numbers) return wider;
      if (isNumeric(a) && (b.kind === "duration" || b.kind === "size" || b.kind === "rate")) return b.kind;
      if (isNumeric(b) && (a.kind === "duration" || a.kind === "size" || a.kind === "rate")) return a.kind;
      return (a.kind === "rate" && b.kind === "duration") || (a.kind === "duration" && b.kind === "rate") ? "float" : undefined;
    case "/":
      if (numbers) return "float";
      if (a.kind === b.kind && (a.kind === "duration" || a.kind === "size")) return "float";
      if (isNumeric(b) && (a.kind === "duration" || a.kind === "size" || a.kind === "rate")) return a.kind;
      return isNumeric(a) && b.kind === "duration" ? "rate" : undefined;
    case "%": return numbers ? wider : undefined;
    case "^": return numbers ? "float" : undefined;
    default: return undefined;
  }
}

export function comparison(operator: string, left: Operand, right: Operand): Outcome {
  if (left.type.kind === "null" || right.type.kind === "null") {
    const other = left.type.kind === "null" ? right.text : left.text;
    return { error: "nothing is equal to null, not even null", hint: `write is_null(${other})` };
  }
  if (!comparable(left.type, right.type)) return { error: `cannot compare ${named(left)} with ${named(right)}`, ...unitless(left, right) };
  if (left.type.kind === "bool" && operator !== "==" && operator !== "!=") return { error: `true and false have no order: \`${operator}\` needs numbers, texts or times` };
  return { type: type("bool", left.type.nullable || right.type.nullable) };
}

/** In files a duration is a number, and here it is none. */
function unitless(left: Operand, right: Operand): { readonly hint?: string } {
  const [duration, number] = left.type.kind === "duration" ? [left, right] : [right, left];
  if (duration.type.kind !== "duration" || !isNumeric(number.type)) return {};
  return { hint: /^[0-9.]+$/.test(number.text) ? `A duration has a unit: \`${number.text}ms\`, \`${number.text}s\`, \`${number.text}h\`.` : `A number of it is \`hours(${duration.text})\`.` };
}

export function logic(operator: string, operands: readonly Operand[]): Outcome {
  const wrong = operands.find((o) => o.type.kind !== "bool");
  if (wrong !== undefined) return { error: `\`${operator}\` needs conditions, but this is ${named(wrong)}` };
  return { type: type("bool", operands.some((o) => o.type.nullable)) };
}
