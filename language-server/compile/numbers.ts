/** Numbers that properties say. Their shape, their bounds and what is assumed without them are the vocabulary's alone. */
import { parseQuantity } from "../language/quantity.ts";
import { valueOf, type Holder } from "../language/navigate.ts";
import { sectionEntry, vocabularyFor, type PropertyEntry } from "../vocabulary/index.ts";
import { readNumber, type NumberShape } from "./constants.ts";
import type { Context } from "./context.ts";

export interface Numbers {
  /** What is said, else the default that the vocabulary has; an impossible value is reported, and the default stands in. */
  readonly said: (name: string) => number;
  /** Null when nothing is said, or nothing possible. */
  readonly perhaps: (name: string) => number | null;
}

/** `block`: a kind of declaration, or with a section of it: "Source", "Model train". The section may be absent. */
export function numbersIn(block: string, holder: Holder | undefined, context: Context): Numbers {
  const perhaps = (name: string): number | null => {
    const entry = entryOf(block, name);
    return readNumber(valueOf(holder ?? {}, name), shapeOf(entry), `\`${name}\``, context, entry) ?? null;
  };
  return { perhaps, said: (name) => perhaps(name) ?? defaultOf(entryOf(block, name)) };
}

function entryOf(block: string, name: string): PropertyEntry {
  const [kind = "", section] = block.split(" ");
  const declaration = vocabularyFor(kind);
  const entry = (section === undefined ? declaration : sectionEntry(declaration, section))?.properties.find((p) => p.name === name);
  if (entry === undefined) throw new Error(`the vocabulary has no \`${name}\` of ${block}`);
  return entry;
}

const shapes: Readonly<Record<NumberShape, true>> = { duration: true, share: true, int: true, number: true, rate: true };
const isNumberShape = (kind: string): kind is NumberShape => Object.hasOwn(shapes, kind);

function shapeOf({ name, type: { kind } }: PropertyEntry): NumberShape {
  if (!isNumberShape(kind)) throw new Error(`\`${name}\` is no number in the vocabulary`);
  return kind;
}

function defaultOf({ name, default: written }: PropertyEntry): number {
  if (written === undefined) throw new Error(`the vocabulary has no default for \`${name}\``);
  return parseQuantity(written).value;
}
