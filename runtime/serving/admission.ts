/**
 * What may be under way at once, over all clients. A request may take at most half of what is left: large ones are turned away long before
 * small ones are, so nobody who asks for much keeps those out who ask for little, whatever address or connection they come from.
 */
import { RequestError } from "./request-error.ts";

export interface InFlightLimits {
  readonly requests: number;
  /** Rows of requests that are read and not yet answered. */
  readonly rows: number;
  /** Bytes of bodies, from their first byte to their answer. */
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

  /** @throws RequestError 429 'too-much-in-flight' when the server has enough to do; nothing is held then. */
  begin(bytes: number): Held {
    const held: Held = { requests: 0, rows: 0, bytes: 0, released: false };
    this.take(held, "requests", 1);
    try {
      this.take(held, "bytes", bytes);
    } catch (error) {
      this.release(held);
      throw error;
    }
    return held;
  }

  /** Holds more. @throws RequestError 429 'too-much-in-flight'. */
  take(held: Held, what: keyof InFlight, count: number): void {
    if (held.released) return;
    const left = this.limits[what] - this.inFlight[what];
    if (what === "requests" ? count > left : count > left / 2) {
      throw new RequestError(429, "too-much-in-flight", `This server has ${this.inFlight[what]} ${described[what]} under way; ${count} more are too many now.`, {
        hint: "Send it again later, or in smaller parts.",
      });
    }
    this.inFlight[what] += count;
    held[what] += count;
  }

  release(held: Held): void {
    if (held.released) return;
    held.released = true;
    for (const what of ["requests", "rows", "bytes"] as const) this.inFlight[what] -= held[what];
  }
}
