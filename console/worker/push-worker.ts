/**
 * Called by push while no console need be open: shows that somebody is needed, and opens the inbox when pressed. It
 * fetches nothing, keeps nothing, and stands between the console and the server in nothing.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

/** What a push says: of which kind the newest request is, and how many are pending. */
interface Call {
  kind: string;
  pending: number;
}

const SENTENCES: Record<string, string> = {
  approval: "A session asks for an approval.",
  help: "A session asks for a helping hand.",
  question: "A session asks a question.",
};

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("push", (event) => event.waitUntil(call(event.data?.json() as Call)));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});

async function call({ kind, pending }: Call): Promise<void> {
  if ((await consoles()).some((one) => one.visibilityState === "visible")) return;
  const sentence = SENTENCES[kind] ?? "A session needs a person.";
  const body = pending > 1 ? `${sentence} ${pending} requests are pending.` : sentence;
  const options = { body, tag: "zenobia", renotify: true }; // one notification, which calls anew
  await worker.registration.showNotification("Zenobia needs you", options);
}

async function open(): Promise<void> {
  const [one] = await consoles();
  if (one === undefined) {
    await worker.clients.openWindow("./#/inbox");
    return;
  }
  one.postMessage("inbox");
  await one.focus();
}

async function consoles(): Promise<readonly WindowClient[]> {
  return worker.clients.matchAll({ type: "window", includeUncontrolled: true });
}
