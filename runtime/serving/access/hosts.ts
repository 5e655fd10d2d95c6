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
  /** As it came: a path, or (as to a proxy) a whole URL. */
  readonly target: string;
  /** Every Host field as it came. */
  readonly hosts: readonly string[];
  readonly httpVersion: string;
  readonly origin: string | undefined;
  /** Whether this server speaks TLS: an origin is a scheme, too. */
  readonly encrypted: boolean;
  /** This side's address of the connection: whoever writes it into `Host` was led here by no name. */
  readonly localAddress: string | undefined;
}

/** @throws RequestError 400 'host-missing', 'host-repeated'; 403 'host-not-allowed', 'origin-not-allowed'. `allowed`: names beside those of this machine. */
export function refuseStrangers(addressed: Addressed, allowed: ReadonlySet<string>): void {
  const { origin, encrypted, localAddress } = addressed;
  const host = hostCalled(addressed);
  const name = host === null ? null : nameIn(host);
  if (host !== null && (name === null || !(isLoopback(name) || allowed.has(name) || name === plainAddress(localAddress)))) {
    throw new RequestError(403, "host-not-allowed", `This server does not go by the name ${shown(name ?? host)}.`, {
      part: "Host", hint: "Use its address, or start it with --allow-host and that name.",
    });
  }
  // Names of its own may be those of a proxy before it, which speaks TLS in its place.
  const proxied = name !== null && allowed.has(name) && !isLoopback(name);
  const schemes = encrypted ? ["https:"] : proxied ? ["http:", "https:"] : ["http:"];
  // A page of this server's own address may ask; no other page may, and neither may one that does not say where it is from.
  if (origin !== undefined && !schemes.some((scheme) => isOwn(origin, host ?? "", scheme))) {
    throw new RequestError(403, "origin-not-allowed", `Pages of ${shown(origin)} may not use this server.`, {
      part: "Origin", hint: "Let the page ask its own server, and that one ask here.",
    });
  }
}

/**
 * Whom the request calls: by its target, where that is a whole URL, else by its one Host (RFC 9112, 3.2). Null of HTTP/1.0 without one, which is older
 * than the field: checks of load balancers are written like that, and no browser is.
 */
function hostCalled({ target, hosts, httpVersion }: Addressed): string | null {
  const [host, another] = hosts;
  if (another !== undefined) throw new RequestError(400, "host-repeated", "The request says more than once whom it calls.", { part: "Host", hint: "Send the header field Host once (RFC 9112, 3.2)." });
  if (host === undefined && httpVersion !== "1.0") throw new RequestError(400, "host-missing", "The request does not say whom it calls.", { part: "Host", hint: "Send the header field Host (RFC 9112, 3.2)." });
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? host ?? null;
}

/** Whether it is a name or an address by itself, as `refuseStrangers` compares them: without scheme, port and brackets. */
export const isHostName = (text: string): boolean => isIPv6(text) || nameIn(text) === text.toLowerCase();

/** The name in a Host field, in lower case, without port and brackets; null when there is none. */
function nameIn(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i.exec(host);
  const name = (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
  return match?.[1] !== undefined && !isIPv6(match[1]) ? null : name;
}

/** RFC 6454, 5: scheme, host and port are the same. */
function isOwn(origin: string, host: string, scheme: string): boolean {
  const own = `${scheme}//${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}

const plainAddress = (address: string | undefined): string | undefined => address?.replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
