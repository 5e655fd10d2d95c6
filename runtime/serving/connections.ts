/**
 * Connections, below the requests that come on them: how long a client may take to say anything, what an end of its side means, and which are
 * closed when the server ends. Whoever connects and says nothing, or too little, costs a descriptor for as long as a request may take, and no ending. So there
 * are only so many, and when they run short those that were quiet for longest give way: whoever holds all of them keeps nobody out by being silent.
 */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Tls } from "./access/tls.ts";

export interface ConnectionLimits {
  /** For a handshake, for a request's head, and for a whole request. */
  readonly requestTimeoutMs: number;
  /** Without a byte in either direction. */
  readonly silentMs: number;
}

export interface ConnectionEvents {
  /** All places are taken (by requests, or by more newcomers at once than were kept free): one was closed as soon as it was accepted. Nothing can be said to it before that. */
  readonly onRefused: () => void;
  /** A quiet one was closed to make room. */
  readonly onQuietClosed: () => void;
}

/** As Fastify has it: longer than the 60 s for which load balancers keep a connection, so that they close it, not we under their next request. */
const keepAliveMs = 72_000;
/** How often Node looks for requests that take too long. */
const lookEveryMs = 5_000;

/** This part of the places is kept free while any connection is quiet: those that come at once are accepted before anything else happens. */
const keptFree = 1 / 8;

export class Connections {
  readonly most: number;
  private readonly events: ConnectionEvents;
  /** What was accepted: with TLS the sockets below it, which are there before the handshake. */
  private readonly open = new Set<Socket>();
  /** How many requests are under way, by their connection's other end, and what is quiet again after them. */
  private readonly underWay = new Map<string, { requests: number; readonly accepted: Socket | undefined }>();
  /** Without a request, by their other end: the one that was so for longest first. */
  private readonly quiet = new Map<string, Socket>();
  private ending = false;
  private whenClosed: () => void = () => undefined;

  constructor(most: number, events: ConnectionEvents) {
    this.most = most;
    this.events = events;
  }

  server(handler: RequestListener, tls: Pick<Tls, "cert" | "key"> | null, { requestTimeoutMs, silentMs }: ConnectionLimits): Server {
    const options = {
      requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs, connectionsCheckingInterval: Math.min(lookEveryMs, requestTimeoutMs),
      requireHostHeader: false, // `guard` says that it is missing
    };
    const server = tls === null ? createHttpServer(options, handler) : createHttpsServer({ ...options, cert: tls.cert, key: tls.key, handshakeTimeout: requestTimeoutMs }, handler);
    server.setTimeout(silentMs);
    // A client that has ended its side of the connection still reads (RFC 9293, 3.6); Node hangs up on it unless told otherwise. Before a handshake it reads
    // nothing: `allowHalfOpen` for the server as a whole would keep such connections for ever.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on("secureConnection", (socket: Socket) => { socket.allowHalfOpen = true; });
    // Before Node's own listener, which asks for an answer in HTTP: it would wait to be encrypted for ever.
    server.prependListener("tlsClientError", (_error: Error, socket: Socket) => { socket.destroy(); });
    server.maxConnections = this.most;
    server.on("drop", this.events.onRefused);
    server.on("connection", (socket: Socket) => { this.opened(socket); });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => { this.began(request.socket, response); });
    return server;
  }

  get count(): number {
    return this.open.size;
  }

  /** Closes at once what carries no request (silent, idle, half a handshake, half a head), the others when they are answered, all after `mostMs`. No new ones may come. */
  async end(mostMs: number): Promise<void> {
    this.ending = true;
    for (const socket of this.open) if (!this.underWay.has(otherEnd(socket))) socket.destroy();
    if (this.open.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenClosed = resolve;
    const timer = setTimeout(() => { for (const socket of this.open) socket.destroy(); }, mostMs);
    await promise;
    clearTimeout(timer);
  }

  private opened(socket: Socket): void {
    const end = otherEnd(socket); // asked of the system once, while it is there, and kept by Node
    this.makeRoom();
    this.open.add(socket);
    this.quiet.set(end, socket);
    socket.once("close", () => {
      this.open.delete(socket);
      if (this.quiet.get(end) === socket) this.quiet.delete(end);
      if (this.open.size === 0) this.whenClosed();
    });
  }

  private began(socket: Socket, response: ServerResponse): void {
    const end = otherEnd(socket);
    const asking = this.underWay.get(end) ?? { requests: 0, accepted: this.quiet.get(end) };
    this.quiet.delete(end);
    asking.requests++;
    this.underWay.set(end, asking);
    response.once("close", () => {
      if (--asking.requests > 0) return;
      this.underWay.delete(end);
      if (this.ending) return void socket.destroySoon();
      if (asking.accepted === undefined || asking.accepted.destroyed) return;
      this.quiet.set(end, asking.accepted);
      this.makeRoom();
    });
  }

  /** One comes, one goes. What it was answered is still sent. */
  private makeRoom(): void {
    if (this.open.size < this.most - Math.max(1, Math.floor(this.most * keptFree))) return;
    const [longest] = this.quiet;
    if (longest === undefined) return;
    const [end, socket] = longest;
    this.quiet.delete(end);
    socket.destroySoon();
    this.events.onQuietClosed();
  }
}

/** The same of a TLS connection and of the socket below it. */
const otherEnd = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ""} ${remotePort ?? ""}`;
