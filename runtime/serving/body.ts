/** A request's body as JSON: bounded in size (by the HTTP server) and in depth, before anything walks over it. */
import { RequestError } from "./request-error.ts";

/** The protocol needs 5 levels: body, inputs, an input, its data, a row of it. */
export const deepest = 32;

export function parseBody(text: unknown): Record<string, unknown> {
  if (typeof text !== "string" || text.length === 0) {
    throw new RequestError(400, "body-empty", "The request has no body.", { hint: "Send JSON with content-type application/json." });
  }
  refuseDepth(text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message.replace(/, "[^]*$/, "").replace(/ in JSON/, "") : "";
    throw new RequestError(400, "body-not-json", `The body is not JSON: ${detail}.`, { part: "body" });
  }
  if (!isObject(body)) throw new RequestError(400, "body-not-object", "The body must be a JSON object.", { part: "body" });
  return body;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
      if (++depth > deepest) {
        throw new RequestError(400, "body-too-deep", `The body is nested more than ${deepest} levels deep.`, { part: "body", hint: "Send flat lists of values." });
      }
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
}
