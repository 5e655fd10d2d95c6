/**
 * When a request came. Node tells of its bytes when the event loop gets round to them; until then they lie in the socket, and that wait is
 * the server's, so it counts. The loop looks at all sockets in each of its rounds: what it finds there came after it looked last, or after it
 * went to sleep for want of work. `earliest` is that moment: a wait is measured too long by one round at most, and too short by one beat at most.
 * Not seen: connections in the operating system's backlog before the round in which they are accepted, and the network.
 */

/** How often the loop is asked whether it is late, so that a long round without requests is noticed. */
const beatMs = 10;

export class ArrivalClock {
  private readonly monotonic: () => number;
  private readonly idle: () => number;
  private readonly timer: NodeJS.Timeout;
  /** When the loop began to look at its sockets last. */
  private lookedAt: number;
  private idleAtLook: number;
  /** Of the round under way: null before its first request. */
  private round: { readonly at: number; readonly earliest: number } | null = null;
  private looking = false;
  private beatDue: number;
  /** The loop was held up since then and has not looked at its sockets yet. */
  private heldSince = Infinity;

  /** `idle`: milliseconds that the loop has slept so far. */
  constructor(monotonic: () => number, idle: () => number = () => performance.eventLoopUtilization().idle) {
    this.monotonic = monotonic;
    this.idle = idle;
    this.lookedAt = monotonic();
    this.idleAtLook = idle();
    this.beatDue = this.lookedAt + beatMs;
    this.timer = setInterval(() => { this.beat(); }, beatMs).unref();
  }

  /** Called when bytes of a request are met: the earliest moment at which they can have been there. Milliseconds of `monotonic`. */
  earliest(): number {
    if (this.round === null) {
      const now = this.monotonic();
      const slept = this.idle() > this.idleAtLook;
      this.noticeHold(now);
      this.round = { at: now, earliest: Math.min(slept ? now : this.lookedAt, this.heldSince) };
      this.lookAfterThisRound();
    }
    return this.round.earliest;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const now = this.monotonic();
    this.noticeHold(now);
    this.beatDue = now + beatMs;
    this.lookAfterThisRound();
  }

  /** The loop beats when it is free: a beat that is overdue says that it was not. */
  private noticeHold(now: number): void {
    if (now - this.beatDue > 1) this.heldSince = Math.min(this.heldSince, this.beatDue);
  }

  /** Immediates run after the sockets were read. */
  private lookAfterThisRound(): void {
    if (this.looking) return;
    this.looking = true;
    const began = this.monotonic();
    setImmediate(() => {
      this.looking = false;
      this.lookedAt = this.round?.at ?? began;
      this.idleAtLook = this.idle();
      this.round = null;
      this.heldSince = Infinity;
    });
  }
}
