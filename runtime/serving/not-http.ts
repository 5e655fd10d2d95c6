/** What Node refuses before there is a request for Fastify, in the form of every error: what is not HTTP, and expectations that nobody meets. */
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
  const body = JSON.stringify(errorBody(refusal).body);
  const head = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body, () => { socket.destroy(); });
}

/** RFC 9110, 10.1.1: `100-continue` is the only expectation there is; Node meets that one. */
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
