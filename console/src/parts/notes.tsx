import { useSyncExternalStore } from "react";

/** Short words to the person: what went wrong, or that something was done. Gone by themselves, read out to all. */
interface Note {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_FOR = 6_000;
let notes: readonly Note[] = [];
let count = 0;
const watchers = new Set<() => void>();

function become(next: readonly Note[]): void {
  notes = next;
  for (const watcher of watchers) watcher();
}

export function note(text: string, bad = false): void {
  const id = ++count;
  become([...notes.slice(-3), { id, text, bad }]);
  setTimeout(() => become(notes.filter((one) => one.id !== id)), SHOWN_FOR);
}

/** Do something for the person; say so if it fails. */
export async function trying<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    note((error as Error).message, true);
    return null;
  }
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

export function Notes() {
  const shown = useSyncExternalStore(watch, () => notes);
  return (
    <div className="notes" role="status" aria-live="polite">
      {shown.map((one) => (
        <p key={one.id} className="note" data-bad={one.bad} dir="auto">
          {one.text}
        </p>
      ))}
    </div>
  );
}
