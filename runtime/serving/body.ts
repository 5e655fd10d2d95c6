/** A request's body as JSON: bounded in size (by `intake.ts`) and in depth, before anything walks over it. */
import { parseInPieces, TooDeep } from "./json-pieces.ts";
import { RequestError } from "./request-error.ts";
import type { Pace } from "./turns.ts";

/** The protocol needs 5 levels: body, inputs, an input, its data, a row of it. */
const deepest = 32;
/** Characters that are parsed at once: less than a millisecond. */
const shortest = 64 * 1024;

export async function parseBody(text: unknown, pace: Pace): Promise<Record<string, unknown>> {
  if (typeof text !== "string" || text.length === 0) {
    throw new RequestError(400, "body-empty", "The request has no body.", { hint: "Send JSON with content-type application/json." });
  }
  let body: unknown;
  try {
    if (text.length > shortest) await pace.rest(); // what is long begins when it is its turn
    body = text.length > shortest ? await parseInPieces(text, deepest, pace) : parseShort(text);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof TooDeep) {
      throw new RequestError(400, "body-too-deep", `The body is nested more than ${deepest} levels deep.`, { part: "body", hint: "Send flat lists of values." });
    }
    const detail = error instanceof Error ? error.message.replace(/, "[^]*$/, "").replace(/ in JSON/, "") : "";
    throw new RequestError(400, "body-not-json", `The body is not JSON: ${text.length > shortest ? detail.replace(/ at position .*$/, "") : detail}.`, { part: "body" });
  }
  if (!isObject(body)) throw new RequestError(400, "body-not-object", "The body must be a JSON object.", { part: "body" });
  return body;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseShort(text: string): unknown {
  refuseDepth(text);
  return JSON.parse(text);
}

function refuseDepth(text: string): void {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inText) {
      if (c === 0x5c) i++; // backslash: the next character is data
      else if (c === 0x22) inText = false;
    } else if (c === 0x22) inText = true;
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > deepest) throw new TooDeep();
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
}
