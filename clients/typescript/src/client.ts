import { io, type Socket } from "socket.io-client";
import { Refused, Unreachable } from "./errors.ts";
import { Following } from "./following.ts";
import { type Link, STARTING } from "./link.ts";
import type {
  Ack,
  Commands,
  ErrorAck,
  LiveFrame,
  PendingRequests,
  Session,
  SessionEvent,
  StartLiveView,
} from "./wire.ts";

/** Milliseconds: how long one try waits for its answer, and how long a command is tried at all. */
const ANSWER_WITHIN = 15_000;
const TRY_FOR = 30_000;
const TRY_AGAIN_AFTER = 250;
const RESUME_AGAIN_AFTER = 1_000;

/** Milliseconds for which the first connection may be opening before the link says that there is none. */
const OPENS_WITHIN = 3_000;

/** Milliseconds until a session that runs at another server is looked for here again. */
const LOOK_AGAIN_AFTER = 5_000;

export interface ClientOptions {
  /** Where the server is; in a page it came from, nothing needs to be said. */
  url?: string;
  /** The API key, where the server wants one. */
  token?: string;
  /** Only look on: never become the active client, never change anything. */
  observer?: boolean;
  /** Milliseconds that a command is tried before it fails as `Unreachable`. */
  tryFor?: number;
}

export interface SendOptions {
  /**
   * Your own id of the command: sent again with the same one, it is done once. Made for you where you give none; with
   * `null` the command has none and is tried once.
   */
  commandId?: string | null;
  /** Milliseconds that it is tried. */
  tryFor?: number;
}

/** How pictures are wanted. */
export type LiveWishes = Pick<StartLiveView, "quality" | "maxWidth" | "maxHeight" | "controlId">;

interface View {
  sessionId: string;
  show: (frame: LiveFrame) => unknown;
  wishes: LiveWishes;
}

interface Watch {
  hear: (pending: number) => void;
  inSight: boolean;
}

type Answer<Name extends keyof Commands> = Commands[Name]["ack"];
type Payload<Name extends keyof Commands> = Commands[Name]["payload"];

/**
 * One client of one server. Commands are answered or fail in time, and are safe to repeat; the followed session is
 * heard without a gap and without a repeat; the state of the connection is told as it is.
 */
export class Client {
  readonly socket: Socket;
  readonly #tryFor: number;
  readonly #watchers = new Set<() => void>();
  #link: Link = STARTING;
  #following: Following | null = null;
  #view: View | null = null;
  #watch: Watch | null = null;

  constructor(options: ClientOptions = {}) {
    const { token, observer = false, tryFor = TRY_FOR } = options;
    this.#tryFor = tryFor;
    const auth = { notices: true, ...(token ? { token } : {}), ...(observer ? { role: "observer" } : {}) };
    const chosen = { auth, transports: ["websocket"], reconnectionDelayMax: 2_000, forceNew: true };
    this.socket = options.url === undefined ? io(chosen) : io(options.url, chosen);
    // a network that goes away while a connection is opening is told by nobody
    const late = setTimeout(() => this.#become({ state: "offline" }), OPENS_WITHIN);
    const stop = this.watch(() => {
      clearTimeout(late);
      stop();
    });
    this.socket.on("connect", () => this.#connected());
    this.socket.on("disconnect", (reason) => this.#disconnected(reason));
    this.socket.on("connect_error", (error) => this.#notConnected(error));
    this.socket.on("activeClient", ({ active }: { active: boolean }) => this.#become({ active }));
    this.socket.on("sessionStatus", (event: SessionEvent) => this.#heard(event));
    this.socket.on("humanLayerRequests", ({ pending }: PendingRequests) => this.#watch?.hear(pending));
    this.socket.on("liveFrame", (frame: LiveFrame, next: () => void) => this.#shown(frame, next));
  }

  /** The connection as it stands; the same object until something changes. */
  get link(): Link {
    return this.#link;
  }

  /** Be called whenever `link` changes; gives what ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Send a command, and again if the connection fails it, until it is answered.
   * Throws `Refused` where the server says no, and `Unreachable` where it says nothing in time.
   */
  async send<Name extends keyof Commands>(
    name: Name,
    payload: Payload<Name>,
    options: SendOptions = {},
  ): Promise<Answer<Name>> {
    const once = options.commandId === null;
    const commandId = options.commandId ?? payload.commandId ?? newId();
    const until = Date.now() + (options.tryFor ?? this.#tryFor);
    for (;;) {
      const answer = await this.#tryOnce(name, once ? payload : { ...payload, commandId }, until);
      if (answer !== null) {
        if (!answer.success) throw new Refused(answer);
        if (name === "createSession" || name === "leaveSession") this.#resume();
        return answer as Answer<Name>;
      }
      if (once || Date.now() + TRY_AGAIN_AFTER >= until) throw new Unreachable(commandId);
      await pause(TRY_AGAIN_AFTER);
    }
  }

  /**
   * Follow a session: `hear` gets every event after `after`, in order and once. Gives the session as it stands.
   * A client follows one session at a time; following another leaves the first.
   */
  async follow(sessionId: string, hear: (event: SessionEvent) => void, after = 0): Promise<Session> {
    const following = new Following(sessionId, after, hear);
    this.#following = following;
    const answer = await this.send("joinSession", { sessionId, afterSeq: after });
    return answer.session;
  }

  /** Stop following; the session goes on. */
  unfollow(sessionId: string): void {
    if (this.#following?.sessionId === sessionId) this.#following = null;
  }

  /**
   * Be shown a session's browser: `show` gets the newest picture whenever it is done with the one before. Asked again,
   * with other wishes, it goes on with those. Gives what ends it. A client is shown one session at a time.
   */
  look(sessionId: string, show: (frame: LiveFrame) => unknown, wishes: LiveWishes = {}): () => void {
    const view = { sessionId, show, wishes };
    this.#view = view;
    this.#askToBeShown();
    return () => {
      if (this.#view !== view) return;
      this.#view = null;
      if (this.socket.connected) this.socket.emit("stopLiveView", { sessionId });
    };
  }

  /**
   * Hear how many requests of the workspace are pending: now, after each lost connection, and whenever they are others.
   * `inSight` says whether a person has them before their eyes; asked again, it says that this has changed.
   */
  watchRequests(hear: (pending: number) => void, inSight: boolean): void {
    this.#watch = { hear, inSight };
    this.#askToBeCalled();
  }

  /** Become the active client again, and hear what was missed. */
  async takeBack(): Promise<void> {
    const following = this.#following;
    if (following === null) await this.send("listSessions", { limit: 1 });
    else await this.send("joinSession", { sessionId: following.sessionId, afterSeq: following.after });
  }

  /** Try to connect now, where waiting for the next try would be longer. */
  retry(): void {
    if (!this.socket.connected) this.socket.disconnect().connect();
  }

  /** Be gone. */
  close(): void {
    this.#become({ state: "closed" });
    this.socket.disconnect();
  }

  async #tryOnce(name: string, payload: object, until: number): Promise<Ack | ErrorAck | null> {
    if (this.#link.problem !== null) throw this.#link.problem;
    if (!(await this.#online(until))) return null;
    try {
      const left = Math.min(ANSWER_WITHIN, Math.max(1, until - Date.now()));
      return await this.socket.timeout(left).emitWithAck(name, payload);
    } catch {
      return null; // socket.io-client says only that no answer came; the next try finds out whether one ever will
    }
  }

  /** Wait until there is a connection; false if there is none in time. */
  async #online(until: number): Promise<boolean> {
    if (this.socket.connected) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, until - Date.now()));
    const stop = this.watch(() => {
      if (["online", "refused", "closed"].includes(this.#link.state)) resolve();
    });
    await promise;
    clearTimeout(timer);
    stop();
    return this.socket.connected;
  }

  #connected(): void {
    this.#become({ state: "online", problem: null });
    this.#resume();
    this.#askToBeShown();
    this.#askToBeCalled();
  }

  #disconnected(reason: string): void {
    if (this.#link.state === "closed") return;
    this.#become({ state: "offline" });
    if (reason === "io server disconnect") this.socket.connect(); // a server that stops says so; it may be back soon
  }

  #notConnected(error: Error & { data?: ErrorAck }): void {
    const { data } = error;
    if (data?.code === undefined) {
      this.#become({ state: "offline" });
      return;
    }
    if (data.retryable) {
      this.#become({ state: "offline" });
      setTimeout(() => this.#link.state === "offline" && this.socket.connect(), 1_000);
      return;
    }
    this.#become({ state: "refused", problem: new Refused(data) });
  }

  #heard(event: SessionEvent): void {
    if (this.#following !== null && !this.#following.take(event)) this.#resume();
  }

  async #shown(frame: LiveFrame, next: () => void): Promise<void> {
    const view = this.#view;
    if (view?.sessionId !== frame.sessionId) return; // it was on its way when the view ended
    try {
      await view.show({ ...frame, picture: new Uint8Array(frame.picture) });
    } finally {
      next();
    }
  }

  #askToBeCalled(): void {
    const watch = this.#watch;
    if (watch === null || !this.socket.connected) return;
    this.socket.emit("watchHumanLayerRequests", { inSight: watch.inSight }, (answer: Ack | ErrorAck) => {
      if (!answer.success && answer.retryable)
        setTimeout(() => this.#watch === watch && this.#askToBeCalled(), RESUME_AGAIN_AFTER);
    });
  }

  #askToBeShown(): void {
    const view = this.#view;
    if (view === null || !this.socket.connected) return;
    this.socket.emit("startLiveView", { sessionId: view.sessionId, ...view.wishes }, (answer: Ack | ErrorAck) => {
      if (answer.success) return;
      const moved = answer.code === "runs_elsewhere"; // it may come here, if that server goes away
      if (!answer.retryable && !moved) return; // an end is told as an event
      const later = moved ? LOOK_AGAIN_AFTER : RESUME_AGAIN_AFTER;
      setTimeout(() => this.#view === view && this.#askToBeShown(), later);
    });
  }

  /** Ask for everything after what was heard last. */
  #resume(): void {
    const following = this.#following;
    if (following === null || !this.socket.connected) return;
    const where = { sessionId: following.sessionId, afterSeq: following.after };
    this.socket.emit("joinSession", where, (answer: Ack | ErrorAck) => {
      if (!answer.success && answer.retryable) setTimeout(() => this.#resume(), RESUME_AGAIN_AFTER);
    });
  }

  #become(change: Partial<Link>): void {
    const link = { ...this.#link, ...change };
    if (link.state === this.#link.state && link.active === this.#link.active && link.problem === this.#link.problem)
      return;
    this.#link = link;
    for (const watcher of this.#watchers) watcher();
  }
}

/** An id that nobody else makes, also where a page is not a secure context and has no `crypto.randomUUID`. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
