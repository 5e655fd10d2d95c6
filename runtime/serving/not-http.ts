/**
 * What Node refuses, or takes, before there is a request for Fastify, in the form of every error: what is not HTTP, tunnels, expectations that nobody
 * meets; and the one that is met (`100-continue`), not before the request has been let in.
 */
import { OutgoingMessage, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errorBody, RequestError } from "./request-error.ts";

type Told = (error: RequestError) => void;
const type = "application/json; charset=utf-8";

/** Those that had their answer: what else comes on them is not listened to. */
const closing = new WeakSet<Duplex>();

/** For Node's `clientError`: the connection is answered, if it can be, and closed. `told`: to count it. */
export function answerParserError(error: { readonly code?: string }, socket: Duplex, told: Told): void {
  if (error.code === "ECONNRESET" || socket.destroyed || closing.has(socket)) return;
  closing.add(socket);
  const refusal = fromParser(error.code ?? "");
  told(refusal);
  // As Node's own handler asks: a request on this connection that is being answered already gets no second answer.
  const answering: unknown = Reflect.get(socket, "_httpMessage");
  if (!socket.writable || (answering instanceof OutgoingMessage && answering.headersSent)) {
    socket.end(() => { socket.destroy(); });
    return;
  }
  answerBare(socket, refusal);
}

/** CONNECT asks for a tunnel to somewhere else; Node would hang up without a word. */
export function refuseTunnels(server: Pick<Server, "on">, told: Told): void {
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    const refusal = new RequestError(405, "method-not-allowed", "This server leads nowhere else.", { part: "request", hint: "It takes GET, HEAD and POST." });
    told(refusal);
    socket.on("error", () => undefined); // it is nobody else's any more
    answerBare(socket, refusal, "Allow: GET, HEAD, POST\r\n");
  });
}

function answerBare(socket: Duplex, refusal: RequestError, more = ""): void {
  const body = JSON.stringify(errorBody(refusal).body);
  const head = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}\r\n${more}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body, () => { socket.destroy(); });
}

/** Requests whose clients wait to be told to send the body. */
const asking = new WeakMap<IncomingMessage, ServerResponse>();

/** Who asks before sending is answered only by `goOn`, or by a refusal: the body that it announced may then come or not, so that the connection is over. */
export function holdContinue(server: Server): void {
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    asking.set(request, response.setHeader("connection", "close"));
    server.emit("request", request, response);
  });
}

/** The body is wanted. */
export function goOn(request: IncomingMessage): void {
  const response = asking.get(request);
  if (response === undefined) return;
  asking.delete(request);
  response.removeHeader("connection");
  response.writeContinue();
}

/** RFC 9110, 10.1.1: `100-continue` is the only expectation there is. */
export function refuseExpectations(server: Pick<Server, "on">, told: Told): void {
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const refusal = new RequestError(417, "expectation-failed", `This server does not know what to expect of ${JSON.stringify((request.headers.expect ?? "").slice(0, 40))}.`, {
      part: "Expect", hint: "Leave it out, or send `Expect: 100-continue`.",
    });
    told(refusal);
    const body = Buffer.from(JSON.stringify(errorBody(refusal).body));
    response.writeHead(refusal.status, { "content-type": type, "content-length": body.length, connection: "close" }).end(body);
  });
}

function fromParser(code: string): RequestError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new RequestError(431, "headers-too-large", "The request's headers are larger than this server takes.", { part: "headers", hint: "Send fewer or shorter ones: 16 KiB together." });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestError(408, "request-timeout", "The request was not whole in time.", { part: "request", hint: "Send it at once." });
    default:
      return new RequestError(400, "request-invalid", "The request is not valid HTTP.", { part: "request", hint: "Lines, lengths and chunks must be as RFC 9112 has them." });
  }
}
