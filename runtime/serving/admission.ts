/**
 * What may be under way at once, over all clients. A request may take at most half of what is left: large ones are turned away long before
 * small ones are, so nobody who asks for much keeps those out who ask for little, whatever address or connection they come from.
 */
import { RequestError } from "./request-error.ts";

export interface InFlightLimits {
  readonly requests: number;
  /** Rows of requests that are read and not yet answered. */
  readonly rows: number;
  /** Bytes of bodies that have come, until their answer. */
  readonly bytes: number;
}

export type InFlight = { -readonly [K in keyof InFlightLimits]: number };

/** What one request holds; given back once, as a whole. */
export interface Held extends InFlight {
  released: boolean;
}

const described: Readonly<Record<keyof InFlight, string>> = { requests: "requests", rows: "rows", bytes: "bytes of requests" };

export class Admission {
  private readonly limits: InFlightLimits;
  private readonly inFlight: InFlight = { requests: 0, rows: 0, bytes: 0 };

  constructor(limits: InFlightLimits) {
    this.limits = limits;
  }

  now(): Readonly<InFlight> {
    return this.inFlight;
  }

  /**
   * `bytes`: what the body is declared to have. There must be room for it now, but none is kept: a promise costs its sender nothing.
   * @throws RequestError 429 'too-much-in-flight' when the server has enough to do; nothing is held then.
   */
  begin(bytes: number): Held {
    const held: Held = { requests: 0, rows: 0, bytes: 0, released: false };
    this.refuse(held, "bytes", bytes);
    this.take(held, "requests", 1);
    return held;
  }

  /** Holds more. @throws RequestError 429 'too-much-in-flight'. */
  take(held: Held, what: keyof InFlight, count: number): void {
    if (held.released) return;
    this.refuse(held, what, count);
    this.inFlight[what] += count;
    held[what] += count;
  }

  /** What a request holds already counts as its own: a body that comes in pieces gets no more than one that comes at once. */
  private refuse(held: Held, what: keyof InFlight, count: number): void {
    const others = this.inFlight[what] - held[what];
    const left = this.limits[what] - others;
    const all = held[what] + count;
    if (what === "requests" ? all <= left : all <= left / 2) return;
    throw new RequestError(429, "too-much-in-flight", `This server has ${others} other ${described[what]} under way; ${all} more are too many now.`, {
      hint: "Send it again later, or in smaller parts.",
    });
  }

  release(held: Held): void {
    if (held.released) return;
    held.released = true;
    for (const what of ["requests", "rows", "bytes"] as const) this.inFlight[what] -= held[what];
  }
}
