/** Bodies that were sent compressed. What comes out may not be larger than a body that was not: a few bytes can stand for gigabytes. */
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { RequestError } from "./request-error.ts";

const decoders = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate) };

/** The text of a body. `most`: bytes after decompression. @throws RequestError 400, 413, 415. */
export async function decodedBody(body: Buffer, encoding: string | undefined, most: number): Promise<string> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return body.toString("utf8");
  const decode = Object.hasOwn(decoders, name) ? decoders[name as keyof typeof decoders] : undefined;
  if (decode === undefined) {
    throw new RequestError(415, "encoding-not-supported", `The body is encoded as ${JSON.stringify(name.slice(0, 40))}.`, { part: "Content-Encoding", hint: "Send it as it is, or with gzip or deflate." });
  }
  try {
    return (await decode(body, { maxOutputLength: most })).toString("utf8");
  } catch (error) {
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw bodyTooLarge();
    throw new RequestError(400, "body-not-decoded", `The body is not what ${name} makes: it is damaged or cut short.`, { part: "body" });
  }
}

export const bodyTooLarge = (): RequestError =>
  new RequestError(413, "body-too-large", "The body is larger than this server takes.", { hint: "Send fewer rows at once." });
