import { useSyncExternalStore } from "react";
import { trying } from "./notes.tsx";

/** What a person is about to send. It is kept with the tab, so that going elsewhere loses nothing of it. */
export interface Draft {
  /** Outlives a reload as well. */
  readonly text: string;
  /** Chosen files, which no browser lets outlive a reload. */
  readonly files: readonly File[];
  /** Whether it is on its way, wherever in the console that began. */
  readonly busy: boolean;
}

export interface Writing extends Draft {
  write(text: string): void;
  add(files: readonly File[]): void;
  remove(index: number): void;
  /**
   * Send it, and have it no more once that is done; what was written or chosen meanwhile stays. Null if it could not be
   * sent, which the person is told, or if it is on its way already.
   */
  send<Result>(work: (draft: Draft) => Promise<Result>): Promise<Result | null>;
}

let drafts: ReadonlyMap<string, Draft> = new Map();
const watchers = new Set<() => void>();

export function useDraft(name: string): Writing {
  return {
    ...draftOf(name, useDrafts()),
    write: (text) => change(name, { text }),
    add: (more) => change(name, { files: [...draftOf(name).files, ...more] }),
    remove: (index) => change(name, { files: draftOf(name).files.filter((_, place) => place !== index) }),
    send: (work) => send(name, work),
  };
}

/** Whoever uses this is drawn anew when any draft changes. */
export function useDrafts(): ReadonlyMap<string, Draft> {
  return useSyncExternalStore(watch, () => drafts);
}

export function draftOf(name: string, all = drafts): Draft {
  return all.get(name) ?? { text: sessionStorage.getItem(keyOf(name)) ?? "", files: [], busy: false };
}

/** Write it no further. */
export function drop(name: string): void {
  change(name, { text: "", files: [], busy: false });
}

async function send<Result>(name: string, work: (draft: Draft) => Promise<Result>): Promise<Result | null> {
  const sent = draftOf(name);
  if (sent.busy) return null;
  change(name, { busy: true });
  const done = await trying(() => work(sent));
  const now = draftOf(name);
  const left = {
    text: now.text === sent.text ? "" : now.text,
    files: now.files.filter((one) => !sent.files.includes(one)),
  };
  change(name, { busy: false, ...(done === null ? {} : left) });
  return done;
}

function change(name: string, changes: Partial<Draft>): void {
  const next = { ...draftOf(name), ...changes };
  drafts = new Map(drafts).set(name, next);
  keep(keyOf(name), next.text);
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

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}
