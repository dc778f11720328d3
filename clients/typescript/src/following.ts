import type { SessionEvent } from "./wire.ts";

/** One session as it is followed: every event once, in order, whatever happens to the connection. */
export class Following {
  readonly sessionId: string;
  #after: number;
  readonly #hear: (event: SessionEvent) => void;

  constructor(sessionId: string, after: number, hear: (event: SessionEvent) => void) {
    this.sessionId = sessionId;
    this.#after = after;
    this.#hear = hear;
  }

  /** The `seq` of the newest event that was heard: where to resume. */
  get after(): number {
    return this.#after;
  }

  /** Take what came. Says whether all is well: `false` means that something is missing and has to be asked for. */
  take(event: SessionEvent): boolean {
    if (event.sessionId !== this.sessionId || event.seq <= this.#after) return true;
    if (event.seq > this.#after + 1) return false;
    this.#after = event.seq;
    this.#hear(event);
    return true;
  }
}
