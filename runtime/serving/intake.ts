/**
 * The door of the server: when a request came, whether there is room for it (decided by its headers, before its body is read), and its
 * body as text. What a request holds is given back when its answer has gone or its connection has.
 */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Admission } from "./admission.ts";
import type { Held, InFlight, InFlightLimits } from "./admission.ts";
import { ArrivalClock } from "./arrival.ts";
import { bodyTooLarge, decodedBody } from "./content-encoding.ts";
import { goOn } from "./not-http.ts";
import { RequestError } from "./request-error.ts";

export interface IntakeOptions {
  readonly limits: InFlightLimits;
  /** Of one body. */
  readonly bodyBytes: number;
  readonly bodyPace: BodyPace;
  readonly monotonic: () => number;
}

/** A body must bring so many bytes in each such time, until it is whole. */
export interface BodyPace {
  readonly everyMs: number;
  readonly bytes: number;
}

interface Incoming {
  arrivedAt: number;
  /** Null when nothing is asked of the model: health, metrics, metadata. */
  readonly held: Held | null;
}

export class Intake {
  private readonly options: IntakeOptions;
  private readonly admission: Admission;
  private readonly arrivals: ArrivalClock;
  private readonly incoming = new WeakMap<IncomingMessage, Incoming>();

  constructor(options: IntakeOptions) {
    this.options = options;
    this.admission = new Admission(options.limits);
    this.arrivals = new ArrivalClock(options.monotonic);
  }

  attach(app: FastifyInstance): void {
    app.addHook("onRequest", (request, reply, done) => {
      const arrivedAt = this.arrivals.earliest();
      if (request.method !== "POST") {
        this.incoming.set(request.raw, { arrivedAt, held: null });
        done();
        return;
      }
      try {
        const held = this.admission.begin(this.declaredBytes(request));
        this.incoming.set(request.raw, { arrivedAt, held });
        reply.raw.once("close", () => { this.admission.release(held); });
        done();
      } catch (error) {
        done(error as RequestError);
      }
    });
    app.addHook("onClose", (_app, done) => {
      this.arrivals.close();
      done();
    });
  }

  inFlight(): Readonly<InFlight> {
    return this.admission.now();
  }

  /** Milliseconds of the monotonic clock: when the last byte of the request can have been there first. */
  arrivedAt(request: FastifyRequest): number {
    return this.incoming.get(request.raw)?.arrivedAt ?? this.options.monotonic();
  }

  /** @throws RequestError 429 'too-much-in-flight'. */
  holdRows(request: FastifyRequest, rows: number): void {
    const held = this.incoming.get(request.raw)?.held;
    if (held !== undefined && held !== null) this.admission.take(held, "rows", rows);
  }

  /** The body as text. How long a client takes to send it is not the server's time: the clock starts anew with every piece. */
  async read(request: FastifyRequest, payload: Readable): Promise<string> {
    goOn(request.raw);
    const body = await this.bytesOf(request, payload);
    const encoding = request.headers["content-encoding"];
    const text = await decodedBody(body, encoding, this.options.bodyBytes);
    const held = this.incoming.get(request.raw)?.held ?? null;
    if (held !== null && encoding !== undefined && text.length > held.bytes) this.admission.take(held, "bytes", text.length - held.bytes);
    return text;
  }

  private bytesOf(request: FastifyRequest, payload: Readable): Promise<Buffer> {
    const incoming = this.incoming.get(request.raw);
    const pieces: Buffer[] = [];
    let bytes = 0;
    let before = 0;
    const add = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > this.options.bodyBytes) throw bodyTooLarge();
      if (incoming !== undefined) {
        incoming.arrivedAt = this.arrivals.earliest();
        if (incoming.held !== null && bytes > incoming.held.bytes) this.admission.take(incoming.held, "bytes", bytes - incoming.held.bytes);
      }
      pieces.push(piece);
    };
    return new Promise((resolve, reject) => {
      let refused = false; // what still comes is let go of, so that the client reads the answer rather than a broken connection
      const refuse = (error: unknown): void => {
        clearInterval(watch);
        refused = true;
        pieces.length = 0;
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const { everyMs, bytes: least } = this.options.bodyPace;
      const watch = setInterval(() => {
        if (bytes - before < least) refuse(tooSlow(this.options.bodyPace));
        before = bytes;
      }, everyMs);
      payload.once("close", () => { clearInterval(watch); });
      payload.on("data", (piece: Buffer) => {
        if (refused) return;
        try {
          add(piece);
        } catch (error) {
          refuse(error);
        }
      });
      payload.on("end", () => { clearInterval(watch); resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, bytes)); });
      payload.on("error", () => { reject(new RequestError(400, "request-invalid", "The connection ended before the request was whole.")); });
    });
  }

  /** @throws RequestError 413: then the body is not read. */
  private declaredBytes(request: FastifyRequest): number {
    const bytes = Number(request.headers["content-length"] ?? 0);
    if (bytes > this.options.bodyBytes) throw bodyTooLarge();
    return Number.isFinite(bytes) ? bytes : 0;
  }
}

const tooSlow = ({ everyMs, bytes }: BodyPace): RequestError =>
  new RequestError(408, "body-too-slow", `The body brought less than ${bytes} bytes in ${everyMs / 1000} s.`, { part: "body", hint: "Send it as soon as the request is begun, and at once." });
