import { useSyncExternalStore } from "react";
import { Client, type Link } from "zenobia-client";

/** The one connection of this page, and what it was asked for: a key, and whether only to watch. */
const KEY = "zenobia.key";
const WATCH = "zenobia.watch";

let client = made();
const watchers = new Set<() => void>();

function made(): Client {
  const token = key();
  const fresh = new Client({ observer: watching(), ...(token === null ? {} : { token }) });
  fresh.watch(() => {
    if (fresh === client) tell();
  });
  return fresh;
}

function tell(): void {
  for (const watcher of watchers) watcher();
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

function again(): void {
  const old = client;
  client = made();
  old.close();
  tell();
}

/** The API key that was typed in this tab, if any; it is gone with the tab. */
export function key(): string | null {
  return sessionStorage.getItem(KEY);
}

export function enterKey(given: string): void {
  sessionStorage.setItem(KEY, given);
  again();
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  again();
}

/** Whether this tab only watches: it takes updates away from nobody, and changes nothing. */
export function watching(): boolean {
  return sessionStorage.getItem(WATCH) !== null;
}

export function watchOnly(): void {
  sessionStorage.setItem(WATCH, "yes");
  again();
}

export function takePart(): void {
  sessionStorage.removeItem(WATCH);
  again();
}

export function currentClient(): Client {
  return client;
}

export function useClient(): Client {
  return useSyncExternalStore(watch, () => client);
}

export function useLink(): Link {
  return useSyncExternalStore(watch, () => client.link);
}

/** Whether what a person does can reach the server now. */
export function useCanAct(): boolean {
  return useLink().state === "online" && !watching();
}
