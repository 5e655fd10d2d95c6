/** Bodies that were sent compressed. What comes out may not be larger than a body that was not: a few bytes can stand for gigabytes. */
import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { RequestError } from "./request-error.ts";

const decoders = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate) };

/** The text of a body. `most`: bytes after decompression. @throws RequestError 400, 413, 415. */
export async function decodedBody(body: Buffer, encoding: string | undefined, most: number): Promise<string> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return textOf(body);
  const decode = Object.hasOwn(decoders, name) ? decoders[name as keyof typeof decoders] : undefined;
  if (decode === undefined) {
    throw new RequestError(415, "encoding-not-supported", `The body is encoded as ${JSON.stringify(name.slice(0, 40))}.`, { part: "Content-Encoding", hint: "Send it as it is, or with gzip or deflate." });
  }
  try {
    return textOf(await decode(body, { maxOutputLength: most }));
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw bodyTooLarge();
    throw new RequestError(400, "body-not-decoded", `The body is not what ${name} makes: it is damaged or cut short.`, { part: "body" });
  }
}

/** What is no UTF-8 would become other text without a word. */
function textOf(body: Buffer): string {
  if (isUtf8(body)) return body.toString("utf8");
  throw new RequestError(400, "body-not-utf8", "The body is not UTF-8.", { part: "body", hint: "JSON between systems is UTF-8 (RFC 8259, 8.1)." });
}

export const bodyTooLarge = (): RequestError =>
  new RequestError(413, "body-too-large", "The body is larger than this server takes.", { hint: "Send fewer rows at once." });
