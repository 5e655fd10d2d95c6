/** What a number with a unit is worth: `7d = 604,800 s`, `480k / 1d = 5.56 per second`. */
import { AstUtils } from "langium";
import { isBinary, isCall, isGroup, isQuantity, isRangeExpression, type Call, type Quantity } from "../../../grammar/generated/ast.ts";
import { parseQuantity } from "../../language/quantity.ts";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 15 });
const rounded = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export function quantityHover(node: Quantity): string | undefined {
  const { dimension, value, unit } = parseQuantity(node.text);
  const rate = rateText(node) ?? windowAround(node);
  const text = (worth: string) => [`\`${node.text}\` = ${worth}`, ...(rate === undefined ? [] : [rate])].join("\n\n");
  switch (dimension) {
    case "duration": return text(value % 1000 === 0 ? `${number.format(value / 1000)} s` : `${number.format(value)} ms`);
    case "share": return text(number.format(value));
    case "size": return text(`${number.format(value)} bytes`);
    case "int": case "float": return unit === "" ? rate : text(number.format(value));
  }
}

/** Which events an aggregate sees. The end is open; with a lateness it lies before what is said. */
export function windowText({ window: written }: Call): string {
  const window = isGroup(written) ? written.inner : written;
  const of = (text: string | undefined): string => `t ${text?.startsWith("-") === true ? `− ${text.slice(1).trim()}` : `+ ${text ?? ""}`}`.replace(/ \+ 0\D*$/, "");
  const [from, to] = isRangeExpression(window) ? [of(window.low?.$cstNode?.text), of(window.high?.$cstNode?.text)] : [of(`-${window?.$cstNode?.text ?? ""}`), "t"];
  return `For an example at t: events in \`[${from}, ${to})\`, without those at its end. The source's \`lateness\` moves the end back: younger events may not be known yet.`;
}

function windowAround(node: Quantity): string | undefined {
  const call = AstUtils.getContainerOfType(node, isCall);
  return call?.window !== undefined && AstUtils.streamAst(call.window).includes(node) ? windowText(call) : undefined;
}

/** For both sides of `480k / 1d`. */
function rateText({ $container: parent }: Quantity): string | undefined {
  if (!isBinary(parent) || parent.operator !== "/" || !isQuantity(parent.left) || !isQuantity(parent.right)) return undefined;
  const amount = parseQuantity(parent.left.text);
  const time = parseQuantity(parent.right.text);
  if (time.dimension !== "duration" || time.value === 0) return undefined;
  const perSecond = (amount.value / time.value) * 1000;
  const [value, word] = perSecond >= 1 ? [perSecond, "second"] : perSecond * 3600 >= 1 ? [perSecond * 3600, "hour"] : [perSecond * 86_400, "day"];
  return `\`${parent.left.text} / ${parent.right.text}\` is about ${rounded.format(value)} per ${word}`;
}
