import { useEffect, useState, useSyncExternalStore } from "react";
import { enterKey, forgetKey } from "./connection.ts";
import { ask, reach } from "./rest.ts";

/**
 * Signing in at a company's provider: this tab goes there, and comes back to this page. Whatever an address brings is
 * taken by the tab that went and by no other, as only that one has the ticket; where it stood before, it stands again.
 */
const BEGUN = "zenobia.signing-in";
const SIGNED = "zenobia.signed-in";

interface Begun {
  url: string;
  state: string;
  ticket: string;
  hash: string;
}

interface Offer {
  available: boolean;
  at: string | null;
}

let trouble: string | null = null;
let further: string | null = null;
const watchers = new Set<() => void>();

function say(problem: string | null): void {
  trouble = problem;
  for (const watcher of watchers) watcher();
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/** Where one can sign in; null where one cannot, or as long as it is not known. */
export function useSignIn(): string | null {
  const [at, setAt] = useState<string | null>(null);
  useEffect(() => {
    const look = async () => {
      const offer = (await (await reach("/api/sign-in", {})).json()) as Offer;
      setAt(offer.available ? offer.at : null);
    };
    look().catch(() => setAt(null)); // a server that does not answer says so by its connection
  }, []);
  return at;
}

/** Why signing in did not work, if it did not. */
export function useSignInTrouble(): string | null {
  return useSyncExternalStore(watch, () => trouble);
}

/** Where whoever signed out just now can sign out of the provider, too; null where that is not offered. */
export function useFurtherOut(): string | null {
  return useSyncExternalStore(watch, () => further);
}

/** Go to the provider. */
export async function signIn(): Promise<void> {
  say(null);
  try {
    const begun = (await (await reach("/api/sign-in/begin", { method: "POST" })).json()) as Begun;
    sessionStorage.setItem(BEGUN, JSON.stringify({ ...begun, hash: location.hash }));
    location.assign(begun.url);
  } catch (error) {
    say(words(error));
  }
}

/** Take what this page's address brought back from the provider, if it did, and take it out of the address. */
export async function comeBack(): Promise<void> {
  const brought = new URLSearchParams(location.search);
  const state = brought.get("state");
  if (state === null) return;
  const kept = sessionStorage.getItem(BEGUN);
  sessionStorage.removeItem(BEGUN);
  const begun = kept === null ? null : (JSON.parse(kept) as Begun);
  history.replaceState(null, "", location.pathname + (begun?.hash ?? ""));
  if (begun?.state !== state) return say("This tab did not begin to sign in. Nothing was done.");
  const code = brought.get("code");
  if (code === null) return say(`The provider said no: ${brought.get("error") ?? "it did not say why"}.`);
  try {
    const body = JSON.stringify({ state, code, ticket: begun.ticket });
    const headers = { "Content-Type": "application/json" };
    const answer = await reach("/api/sign-in/finish", { method: "POST", body, headers });
    const signed = (await answer.json()) as { key: string; idToken: string };
    sessionStorage.setItem(SIGNED, signed.idToken);
    enterKey(signed.key);
  } catch (error) {
    say(words(error));
  }
}

/** Whether this tab's key came by signing in. */
export function signedIn(): boolean {
  return sessionStorage.getItem(SIGNED) !== null;
}

/** End that key, and forget it. */
export async function signOut(): Promise<void> {
  const idToken = sessionStorage.getItem(SIGNED);
  sessionStorage.removeItem(SIGNED);
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await ask("/api/sign-out", { method: "POST", body: JSON.stringify({ idToken }), headers });
    further = ((await answer.json()) as { url: string | null }).url;
    say("You are signed out.");
  } catch (error) {
    say(`This tab has forgotten its key, but the server may still take it: ${words(error)}`);
  }
  forgetKey();
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
