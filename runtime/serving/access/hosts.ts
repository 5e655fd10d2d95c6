/**
 * Whether a request was meant for this server. A page in a browser can send requests to every port of the machine, and reaches
 * them under a name of its own when its owner's DNS says so (DNS rebinding): the name it used, and the page, are looked at. Pure.
 */
import { isIPv4, isIPv6 } from "node:net";
import { RequestError, shown } from "../request-error.ts";

/** An address that only this machine reaches. `name` without brackets and port. */
export function isLoopback(name: string): boolean {
  return name.toLowerCase() === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

export interface Addressed {
  /** The header fields as they came. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Whether this server speaks TLS: an origin is a scheme, too. */
  readonly encrypted: boolean;
  /** This side's address of the connection: whoever writes it into `Host` was led here by no name. */
  readonly localAddress: string | undefined;
}

/** @throws RequestError 400 'host-missing'; 403 'host-not-allowed', 'origin-not-allowed'. `allowed`: names beside those of this machine. */
export function refuseStrangers({ host, origin, encrypted, localAddress }: Addressed, allowed: ReadonlySet<string>): void {
  if (host === undefined) throw new RequestError(400, "host-missing", "The request does not say whom it calls.", { part: "Host", hint: "Send the header field Host (RFC 9112, 3.2)." });
  const name = nameIn(host);
  if (name === null || !(isLoopback(name) || allowed.has(name) || name === plainAddress(localAddress))) {
    throw new RequestError(403, "host-not-allowed", `This server does not go by the name ${shown(name ?? host)}.`, {
      part: "Host", hint: "Use its address, or start it with --allow-host and that name.",
    });
  }
  // Names of its own may be those of a proxy before it, which speaks TLS in its place.
  const proxied = allowed.has(name) && !isLoopback(name);
  const schemes = encrypted ? ["https:"] : proxied ? ["http:", "https:"] : ["http:"];
  // A page of this server's own address may ask; no other page may, and neither may one that does not say where it is from.
  if (origin !== undefined && !schemes.some((scheme) => isOwn(origin, host, scheme))) {
    throw new RequestError(403, "origin-not-allowed", `Pages of ${shown(origin)} may not use this server.`, {
      part: "Origin", hint: "Let the page ask its own server, and that one ask here.",
    });
  }
}

/** The name in a Host field, in lower case, without port and brackets; null when there is none. */
function nameIn(host: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i.exec(host ?? "");
  const name = (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
  return match?.[1] !== undefined && !isIPv6(match[1]) ? null : name;
}

/** RFC 6454, 5: scheme, host and port are the same. */
function isOwn(origin: string, host: string, scheme: string): boolean {
  const own = `${scheme}//${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}

const plainAddress = (address: string | undefined): string | undefined => address?.replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
