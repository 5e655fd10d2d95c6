/** A file behind `http://` or `https://`, into a file of our own. */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MlspecError, messageOf } from "../errors.ts";
import { codeOf } from "../registry/files.ts";

/** As it may be told: keys of access stand in the query, or before the host. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search === "" ? "" : "?…"}`;
}

/** Throws `download-failed`, `cancelled`; of a connection that was cut, too: nothing is read of half a file. */
export async function download(url: string, to: string, signal?: AbortSignal): Promise<void> {
  const from = new URL(url);
  try {
    const headers = { "accept-encoding": "identity", ...(from.username === "" ? {} : { authorization: basic(from) }) };
    from.username = from.password = "";
    const response = await fetch(from, { headers, ...(signal === undefined ? {} : { signal }) });
    if (!response.ok) throw failed(url, `the server answered ${response.status}${response.statusText === "" ? "" : ` ${response.statusText}`}`, statusHint(response.status));
    if (from.protocol === "https:" && !response.url.startsWith("https:")) throw failed(url, "the server leads from https to http", "Name the address that it leads to, if that is meant.");
    if (response.body === null) throw failed(url, "the answer is empty");
    await pipeline(Readable.fromWeb(response.body), createWriteStream(to));
  } catch (error) {
    if (error instanceof MlspecError) throw error;
    if (signal?.aborted === true) throw new MlspecError("cancelled", "The download was cancelled.");
    if (codeOf(error) === "ENOSPC") throw error;
    throw failed(url, reasonOf(error));
  }
}

const basic = ({ username, password }: URL): string => `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;

const failed = (url: string, why: string, hint = "Try again, or download it by other means and read the local file."): MlspecError =>
  new MlspecError("download-failed", `${shownUrl(url)} cannot be downloaded: ${why}.`, { hint });

const statusHint = (status: number): string | undefined =>
  status === 404 || status === 410 ? "Check the address in `read`." : status === 401 || status === 403 ? "The server asks for a key: download the file by the means that have one, and read the local file." : undefined;

/** `fetch failed` and `terminated` say nothing: their causes do. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const why = first === undefined ? messageOf(error) : messageOf(first);
  return error instanceof Error && error.message === "terminated" ? `the connection was cut (${why})` : why;
}
