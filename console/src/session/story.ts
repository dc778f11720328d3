import { type ActionEvent, type Client, type Session, type SessionEvent, Unreachable } from "zenobia-client";
import { ended } from "../words.ts";

/** One line of the timeline. An action is one line from its start to its end, and an end is one with its reason. */
export interface Line {
  seq: number;
  event: SessionEvent;
  /** How long the action took, in milliseconds, once it is over. */
  took: number | null;
}

/** A session as far as it is known. A new object whenever something has changed; `lines` is the same one, longer. */
export interface Known {
  session: Session | null;
  lines: readonly Line[];
  count: number;
  /** Milliseconds for which it had ended before it was taken up again. */
  rested: number;
  problem: Error | null;
}

const NOTHING: Known = { session: null, lines: [], count: 0, rested: 0, problem: null };

/** The story of one session: built from its events alone, so that joining late or reloading shows the same. */
export class Story {
  known: Known = NOTHING;
  readonly #client: Client;
  readonly #id: string;
  readonly #watchers = new Set<() => void>();
  readonly #lines: Line[] = [];
  readonly #actions = new Map<string, number>();
  #session: Session | null = null;
  #early: SessionEvent[] = [];
  #rested = 0;
  #endedAt: number | null = null;
  #telling = 0;

  constructor(client: Client, id: string) {
    this.#client = client;
    this.#id = id;
  }

  /** Begin to follow, from the first event on; gives what ends it. */
  begin(): () => void {
    const gone = new AbortController();
    this.#lines.length = 0;
    this.#actions.clear();
    this.#early = [];
    this.#session = null;
    this.#rested = 0;
    this.#endedAt = null;
    void this.#follow(gone.signal);
    return () => {
      gone.abort();
      cancelAnimationFrame(this.#telling);
      this.#telling = 0;
      this.#client.unfollow(this.#id);
    };
  }

  async #follow(gone: AbortSignal): Promise<void> {
    const hear = (event: SessionEvent) => this.#hear(event);
    while (!gone.aborted) {
      try {
        this.#session = await this.#client.follow(this.#id, hear, this.#early.at(-1)?.seq ?? 0);
        for (const event of this.#early.splice(0)) this.#learn(event);
        this.#tell();
        return;
      } catch (problem) {
        if (problem instanceof Unreachable && !gone.aborted) continue;
        if (!gone.aborted) this.#become({ ...this.known, problem: problem as Error });
        return;
      }
    }
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  #hear(event: SessionEvent): void {
    this.#write(event);
    this.#rest(event);
    if (this.#session === null) this.#early.push(event);
    else this.#learn(event);
    this.#tell();
  }

  #write(event: SessionEvent): void {
    if (event.eventType === "usage") return;
    if (event.eventType !== "action") {
      if (tellsAgain(event, this.#lines.at(-1))) this.#lines.pop();
      this.#lines.push({ seq: event.seq, event, took: null });
      return;
    }
    const place = this.#actions.get(event.data.actionId);
    const begun = place === undefined ? undefined : this.#lines[place];
    if (place === undefined || begun === undefined || event.data.phase === "started") {
      this.#actions.set(event.data.actionId, this.#lines.length);
      this.#lines.push({ seq: event.seq, event, took: null });
      return;
    }
    const started = begun.event as ActionEvent;
    this.#lines[place] = { seq: begun.seq, event, took: event.timestamp - started.timestamp };
  }

  #rest(event: SessionEvent): void {
    if (ended(event.status)) {
      this.#endedAt ??= event.timestamp;
    } else if (this.#endedAt !== null) {
      this.#rested += event.timestamp - this.#endedAt;
      this.#endedAt = null;
    }
  }

  /** Bring what the server said of the session up to date with an event that came after. */
  #learn(event: SessionEvent): void {
    if (this.#session !== null && event.seq > this.#session.lastSeq) this.#session = after(this.#session, event);
  }

  /** Once a frame is often enough, however much there is to tell. */
  #tell(): void {
    if (this.#telling !== 0) return;
    this.#telling = requestAnimationFrame(() => {
      this.#telling = 0;
      const { problem } = this.known;
      const [lines, rested] = [this.#lines, this.#rested];
      this.#become({ session: this.#session, lines, count: lines.length, rested, problem });
    });
  }

  #become(known: Known): void {
    this.known = known;
    for (const watcher of this.#watchers) watcher();
  }
}

/** Whether a session's end says the error once more that comes before it. */
function tellsAgain(event: SessionEvent, last: Line | undefined): boolean {
  const error = last?.event.eventType === "error" ? last.event.data.error : null;
  return error !== null && event.eventType === "status" && event.message.endsWith(error);
}

/** The session after an event. */
export function after(session: Session, event: SessionEvent): Session {
  const next = { ...session, status: event.status, lastSeq: event.seq };
  switch (event.eventType) {
    case "status":
      return ends(next, event.data, event.timestamp, session.status);
    case "action":
      return event.data.phase === "started"
        ? { ...next, usage: { ...next.usage, steps: next.usage.steps + 1 } }
        : { ...next, url: event.data.url ?? next.url, title: event.data.title ?? next.title };
    case "files":
      return { ...next, files: merged(next.files, event.data.files) };
    case "human_layer_request":
      return { ...next, pendingRequests: [...next.pendingRequests, event.data.request] };
    case "human_layer_decision": {
      const { id } = event.data.request;
      return { ...next, pendingRequests: next.pendingRequests.filter((one) => one.id !== id) };
    }
    case "control":
      return { ...next, control: event.data.phase === "released" ? null : event.data.control };
    case "usage":
      return { ...next, usage: event.data.usage };
    case "result":
      return { ...next, result: event.data.result };
    case "error":
      return { ...next, error: event.data };
    default:
      return next;
  }
}

type StatusFacts = Extract<SessionEvent, { eventType: "status" }>["data"];

function ends(session: Session, data: StatusFacts, at: number, before: Session["status"]): Session {
  const over = ended(session.status);
  const again = ended(before) && !over;
  return {
    ...session,
    reason: again ? null : (data.reason ?? session.reason),
    error: again ? null : session.error,
    queuePosition: data.queuePosition,
    prompt: data.prompt ?? session.prompt,
    startedAt: session.startedAt ?? (before === "queued" && session.status === "running" ? at : null),
    endedAt: over ? at : again ? null : session.endedAt,
    control: over ? null : session.control,
    pendingRequests: over ? [] : session.pendingRequests,
  };
}

function merged<Named extends { fileId: string }>(held: readonly Named[], come: readonly Named[]): Named[] {
  const byId = new Map(held.map((file) => [file.fileId, file]));
  for (const file of come) byId.set(file.fileId, file);
  return [...byId.values()];
}
