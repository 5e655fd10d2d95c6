/** Stands before every path: strangers, requests without the token they need, and bodies that a plain web form could send are refused unread. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RequestError } from "../request-error.ts";
import type { Access } from "./access.ts";
import { refuseStrangers } from "./hosts.ts";

/** Ask for it with `mlspec-show: arm`, and the service's token. */
export const showHeader = "mlspec-show";

type Need = "nothing" | "predictions" | "service";

export function guard(app: FastifyInstance, access: Access): void {
  app.addHook("onRequest", (request, reply, done) => {
    try {
      const { url = "", httpVersion, headersDistinct, headers: { origin }, socket: { localAddress } } = request.raw;
      refuseUnclearBodies(request.raw);
      refuseStrangers({ target: url, hosts: headersDistinct["host"] ?? [], httpVersion, origin, encrypted: access.tls !== null, localAddress }, access.hosts);
      refuseWithoutToken(request, access);
      refuseForms(request);
      done();
    } catch (error) {
      refused(reply, error);
      done(error as Error);
    }
  });
}

/** Whether the answer may tell the rollout's arm: asked for, and allowed by `guard`. */
export const showsArm = (request: FastifyRequest): boolean => request.headers[showHeader] === "arm";

/** By the route, not by the path as it was written. A route that is not named here needs what predictions need. */
function needOf(request: FastifyRequest): Need {
  const route = request.routeOptions.url ?? "";
  if (route === "/v2/outcomes" || request.headers[showHeader] !== undefined) return "service";
  return route.startsWith("/v2/health/") ? "nothing" : "predictions";
}

function refuseWithoutToken(request: FastifyRequest, { service, predictions }: Access): void {
  const need = needOf(request);
  if (need === "nothing" || (need === "predictions" && predictions === null)) return;
  const presented = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
  const hint = need === "service"
    ? `Send "Authorization: Bearer <token>"${service.file === null ? "" : "; the token is in the file that the server named when it started"}.`
    : 'Send "Authorization: Bearer <token>" with a token for predictions.';
  if (presented === undefined) throw new RequestError(401, "token-missing", `This needs the ${need === "service" ? "service's" : "predictions'"} token.`, { part: "Authorization", hint });
  const accepted = [service, ...(need === "predictions" && predictions !== null ? [predictions] : [])].map((tokens) => tokens.accepts(presented));
  if (!accepted.includes(true)) throw new RequestError(401, "token-wrong", "The token is not the right one.", { part: "Authorization", hint });
}

/** A body whose coding nobody here undoes, or whose type is told twice: whoever stands before this server may read it as another than it is read here (RFC 9112, 6.1; RFC 9110, 5.3). */
function refuseUnclearBodies({ headers, headersDistinct }: IncomingMessage): void {
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked") {
    throw new RequestError(501, "transfer-coding-unknown", `The body is sent with the transfer coding ${JSON.stringify(coding.slice(0, 40))}.`, { part: "Transfer-Encoding", hint: "Send `chunked` alone, or a length; what is compressed says so in Content-Encoding." });
  }
  for (const name of ["content-type", "content-encoding"] as const) {
    if ((headersDistinct[name] ?? []).length > 1) throw new RequestError(400, "header-repeated", `The request has ${name === "content-type" ? "Content-Type" : "Content-Encoding"} more than once.`, { part: name === "content-type" ? "Content-Type" : "Content-Encoding", hint: "Send it once." });
  }
}

/**
 * A page of any site may post what a form can hold (text/plain, multipart, urlencoded), or a body of no type, without asking first; JSON by that
 * name it may not (Fetch, "CORS-safelisted request-header").
 */
function refuseForms({ headers }: FastifyRequest): void {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const type = headers["content-type"];
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type ?? "")?.[1]?.toLowerCase() ?? "utf-8";
  if (hasBody && !["utf-8", "utf8", "us-ascii"].includes(charset)) {
    throw new RequestError(415, "charset-not-supported", `The body is sent in ${JSON.stringify(charset.slice(0, 40))}.`, { part: "Content-Type", hint: "Send JSON in UTF-8 (RFC 8259, 8.1)." });
  }
  if (!hasBody || /^application\/json *(?:;|$)/i.test(type ?? "")) return;
  throw new RequestError(415, "not-json", `The body is sent as ${type === undefined ? "nothing in particular" : JSON.stringify(type.slice(0, 100))}, not as JSON.`, {
    part: "Content-Type", hint: "Send `Content-Type: application/json` (with curl: --json instead of -d). The binary extension is not supported.",
  });
}

function refused(reply: FastifyReply, error: unknown): void {
  void reply.header("connection", "close"); // what of the body is still to come is not read
  if (error instanceof RequestError && error.status === 401) void reply.header("www-authenticate", 'Bearer realm="mlspec"');
}
