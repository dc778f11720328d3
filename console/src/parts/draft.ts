import { useSyncExternalStore } from "react";
import { newId, Refused, Unreachable } from "zenobia-client";
import { upload } from "../server/files.ts";
import { trying } from "./notes.tsx";

/** What a person is about to send. It is kept with the tab, so that going elsewhere loses nothing of it. */
export interface Draft {
  /** Outlives a reload as well. */
  readonly text: string;
  /** Chosen files, which no browser lets outlive a reload. */
  readonly files: readonly File[];
  /** Whether it is on its way, wherever in the console that began. */
  readonly busy: boolean;
  /** As what it was sent last, if it is not known whether that was done, and nothing of it is different since. */
  readonly sending: Sending | null;
}

/** One command, however often it is tried: with the same id, and the same files, the server does it once. */
export interface Sending {
  readonly commandId: string;
  /** Null until they are uploaded. */
  readonly fileIds: string[] | null;
  /** What else was chosen for it. */
  readonly options: string;
}

/** What is sent, and by which command. */
export interface Sent extends Draft {
  readonly commandId: string;
  readonly fileIds: string[];
}

export interface Writing extends Draft {
  write(text: string): void;
  add(files: readonly File[]): void;
  remove(index: number): void;
  /**
   * Send it, and have it no more once that is done; what was written or chosen meanwhile stays. Null if it could not be
   * sent, which the person is told, or if it is on its way already. What else the command depends on is in `options`.
   */
  send<Result>(work: (sent: Sent) => Promise<Result>, options?: string): Promise<Result | null>;
}

let drafts: ReadonlyMap<string, Draft> = new Map();
const watchers = new Set<() => void>();

export function useDraft(name: string): Writing {
  return {
    ...draftOf(name, useDrafts()),
    write: (text) => change(name, { text, sending: null }),
    add: (more) => change(name, { files: [...draftOf(name).files, ...more], sending: null }),
    remove: (index) => {
      change(name, { files: draftOf(name).files.filter((_, place) => place !== index), sending: null });
    },
    send: (work, options = "") => send(name, work, options),
  };
}

/** Whoever uses this is drawn anew when any draft changes. */
export function useDrafts(): ReadonlyMap<string, Draft> {
  return useSyncExternalStore(watch, () => drafts);
}

export function draftOf(name: string, all = drafts): Draft {
  const known = all.get(name);
  if (known !== undefined) return known;
  const sending = JSON.parse(sessionStorage.getItem(sendingOf(name)) ?? "null");
  return { text: sessionStorage.getItem(keyOf(name)) ?? "", files: [], busy: false, sending };
}

/** Write it no further. */
export function drop(name: string): void {
  change(name, { text: "", files: [], busy: false, sending: null });
}

async function send<Result>(
  name: string,
  work: (sent: Sent) => Promise<Result>,
  options: string,
): Promise<Result | null> {
  const draft = draftOf(name);
  if (draft.busy) return null;
  const before = draft.sending?.options === options ? draft.sending : null;
  let sending: Sending = before ?? { commandId: newId(), fileIds: null, options };
  change(name, { busy: true, sending });
  const done = await trying(async () => {
    const fileIds = sending.fileIds ?? (await upload(draft.files));
    const uploaded = { ...sending, fileIds };
    if (draftOf(name).sending === sending) change(name, { sending: uploaded });
    sending = uploaded;
    try {
      return await work({ ...draft, ...uploaded });
    } catch (error) {
      if (error instanceof Refused && !error.retryable) forget(name, sending);
      throw error instanceof Unreachable ? new Error(NOT_KNOWN) : error;
    }
  });
  const now = draftOf(name);
  const left = {
    text: now.text === draft.text ? "" : now.text,
    files: now.files.filter((one) => !draft.files.includes(one)),
  };
  if (done !== null) forget(name, sending);
  change(name, { busy: false, ...(done === null ? {} : left) });
  return done;
}

const NOT_KNOWN =
  "No answer came from the server: it is not known whether this was done. Trying again does not do it twice.";

/** What is sent next is another command. */
function forget(name: string, sending: Sending): void {
  if (draftOf(name).sending === sending) change(name, { sending: null });
}

function change(name: string, changes: Partial<Draft>): void {
  const next = { ...draftOf(name), ...changes };
  drafts = new Map(drafts).set(name, next);
  keep(keyOf(name), next.text);
  keep(sendingOf(name), next.sending === null || next.files.length > 0 ? "" : JSON.stringify(next.sending));
  for (const watcher of watchers) watcher();
}

function keep(key: string, text: string): void {
  sessionStorage.removeItem(key);
  if (text === "") return;
  try {
    sessionStorage.setItem(key, text);
  } catch {
    // longer than all that a tab may keep: it is here until the page is loaded again
  }
}

function keyOf(name: string): string {
  return `zenobia.draft.${name}`;
}

function sendingOf(name: string): string {
  return `zenobia.sending.${name}`;
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}
