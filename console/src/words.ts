import type { EndReason, RequestKind, RequestStatus, Status } from "zenobia-client";

/** What the console calls things. Everything else that it shows is the server's own sentences. */
export const STATUS: Record<Status, string> = {
  queued: "In the queue",
  running: "Running",
  waiting: "Waiting for you",
  paused: "Paused",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const REASON: Record<EndReason, string> = {
  done: "It did what was asked.",
  gave_up: "The agent gave up.",
  denied: "A person said no.",
  step_failed: "A step could not be done.",
  unreadable_prompt: "The prompt could not be read.",
  step_limit: "It used up its steps.",
  time_limit: "It used up its time.",
  event_limit: "Its log is full.",
  budget: "It used up its budget.",
  user: "A person ended it.",
  agent_error: "The agent failed.",
  model_error: "The model failed.",
  browser_error: "The browser failed.",
  interrupted: "It was interrupted.",
};

export const KIND: Record<RequestKind, string> = {
  approval: "Approval",
  help: "Help",
  question: "Question",
};

/** Said above what an agent asks: a page may have put its words into its mouth. */
export const AGENTS_WORDS = "In the agent's words, which a page may have given it";

export const SETTLED: Record<RequestStatus, string> = {
  pending: "Pending",
  approved: "Approved",
  denied: "Denied",
  answered: "Answered",
  expired: "Expired",
  cancelled: "Cancelled",
  superseded: "Asked anew",
};

const ENDED: ReadonlySet<Status> = new Set<Status>(["completed", "failed", "cancelled"]);

export function ended(status: Status): boolean {
  return ENDED.has(status);
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function clock(at: number): string {
  return CLOCK.format(at);
}

export function day(at: number): string {
  return DAY.format(at);
}

/** A length of time in the largest two units that say something: `3 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(`${minutes} min`, seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(`${hours} h`, minutes % 60, "min");
  return joined(`${Math.floor(hours / 24)} d`, hours % 24, "h");
}

/** How long ago, roughly. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return day(at);
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${(size / 1000).toFixed(1)} kB`;
  if (size < 1_000_000_000) return `${(size / 1_000_000).toFixed(1)} MB`;
  return `${(size / 1_000_000_000).toFixed(1)} GB`;
}

/** The first line of a text, for where there is room for one. */
export function headline(text: string | null, otherwise: string): string {
  const line = text
    ?.replace(/^[\s#]+/, "")
    .split("\n", 1)[0]
    ?.slice(0, 300);
  return line ? line : otherwise;
}

function joined(large: string, small: number, unit: string): string {
  return small === 0 ? large : `${large} ${small} ${unit}`;
}
