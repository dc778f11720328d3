import { useCallback, useEffect, useState } from "react";
import { type HumanLayerRequest, type PushKeyAck, Refused } from "zenobia-client";
import { note } from "../parts/notes.tsx";
import { address, go } from "../route.ts";
import { useLink } from "../server/connection.ts";
import { get, post } from "../server/rest.ts";

/** Kept as long as a person wants to be called on this machine. */
const WANTED = "zenobia.call";
const WORKER = "./push-worker.js";
const PUSH = "/api/human-layer/push";

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(url: string): string };
}

/** Whatever is asked of it, the policy gives the address of our one worker: nothing else can be made a script here. */
const trusted = (window as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("zenobia", {
  createScriptURL: () => WORKER,
});

/** Whether this browser could show a notification at all. */
function callable(): boolean {
  return isSecureContext && "Notification" in window && Notification.permission !== "denied";
}

/** Whether it makes sense to ask for being called. */
export function mayAsk(): boolean {
  return callable() || homeless();
}

/** Whether this is a phone that lets pages call only from its home screen, and this one is not opened from there. */
function homeless(): boolean {
  return (navigator as { standalone?: boolean }).standalone === false && !("Notification" in window);
}

function wanted(): boolean {
  return callable() && Notification.permission === "granted" && localStorage.getItem(WANTED) !== null;
}

/** Whether the person wants to be called here, and a way to change that. */
export function useCalling(): { on: boolean; turn: () => Promise<void> } {
  const [on, setOn] = useState(wanted);
  const turn = useCallback(async () => {
    if (homeless()) {
      note("Put this page on your home screen, and open it there: from there it can call you.");
      return;
    }
    if (wanted()) {
      localStorage.removeItem(WANTED);
      setOn(false);
      await unsubscribe();
      return;
    }
    if ((await Notification.requestPermission()) !== "granted") {
      note("This browser does not allow notifications of this page.", true);
      return;
    }
    localStorage.setItem(WANTED, "yes");
    setOn(true);
    const far = await subscribe();
    note(
      far
        ? "You are called when somebody needs you and no console is in sight."
        : "This browser cannot be reached by push: you are called while the console is open in some tab.",
    );
  }, []);
  return { on, turn };
}

/** Keep what the server knows of this browser as it is, and go where a pressed notification says. */
export function useStayingCallable(): void {
  const online = useLink().state === "online";
  useEffect(() => {
    if (online && wanted()) void subscribe();
  }, [online]);
  useEffect(() => {
    const told = (event: MessageEvent) => event.data === "inbox" && go({ at: "inbox" });
    navigator.serviceWorker?.addEventListener("message", told);
    return () => navigator.serviceWorker?.removeEventListener("message", told);
  }, []);
}

/** Call from this page, if the server does not call by push. */
export async function call(request: HumanLayerRequest): Promise<void> {
  if (!wanted() || (await subscription()) !== null) return;
  const title = "Zenobia needs you";
  const asked = request.action?.description ?? request.title;
  const body = (request.author === "agent" ? `The agent asks: ${asked}` : asked).slice(0, 200);
  const options = { body, tag: request.id };
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      focus();
      location.hash = address({ at: "inbox" });
      shown.close();
    };
  } catch {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.showNotification(title, options); // phones show them only from a worker
  }
}

/** Take back what was shown: nobody is needed any more. */
export async function takeBackCalls(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const one of (await registration?.getNotifications()) ?? []) one.close();
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/** Let the server call this browser by push; false if that cannot be. */
async function subscribe(): Promise<boolean> {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return false;
  try {
    await navigator.serviceWorker.register(trusted?.createScriptURL(WORKER) ?? WORKER);
    const { pushManager } = await navigator.serviceWorker.ready;
    const { publicKey } = await get<PushKeyAck>(`${PUSH}/key`);
    const found = await pushManager.getSubscription();
    const fits = found !== null && keyOf(found) === publicKey;
    if (found !== null && !fits) await found.unsubscribe(); // made for another server, or before its key was another
    const made = fits ? found : await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
    const { endpoint, keys } = made.toJSON();
    await post(`${PUSH}/subscribe`, { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } });
    return true;
  } catch (problem) {
    if (problem instanceof Refused) note(problem.message, true);
    return false; // no push service, or none that the server can reach: the page calls by itself, while it is open
  }
}

async function unsubscribe(): Promise<void> {
  const found = await subscription();
  if (found === null) return;
  await found.unsubscribe();
  try {
    await post(`${PUSH}/unsubscribe`, { endpoint: found.endpoint });
  } catch (problem) {
    note((problem as Error).message, true);
  }
}

function keyOf({ options }: PushSubscription): string {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer());
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
