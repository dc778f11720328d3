/** What the tests share: the server under test, a wire that can be cut, and waiting for facts. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { Client, type ClientOptions, type SessionEvent } from "../src/index.ts";

/** The server that the tests were started for. */
export const SERVER = process.env.ZENOBIA_URL ?? "http://127.0.0.1:8484";
const PATIENCE = 10_000;

const opened: Array<{ close(): void }> = [];

/** A client that is gone when the test is over. */
export function client(options: ClientOptions = {}): Client {
  const made = new Client({ url: SERVER, ...options });
  opened.push(made);
  return made;
}

/** Let go of everything that a test opened. */
export function closeAll(): void {
  for (const one of opened.splice(0)) one.close();
}

/** Wait until something is so, looking again whenever `client` has changed or heard something. */
export async function until(fact: () => boolean): Promise<void> {
  const given = Date.now() + PATIENCE;
  while (!fact()) {
    if (Date.now() > given) throw new Error("it did not come to be");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Tell a session something as a program would that is not a Socket.IO client. */
export async function tell(session: string, message: string): Promise<void> {
  const body = JSON.stringify({ message });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${SERVER}/api/sessions/${session}/messages`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The session's events as the store has them. */
export async function stored(session: string): Promise<SessionEvent[]> {
  const answer = await fetch(`${SERVER}/api/sessions/${session}/events?limit=1000`);
  return ((await answer.json()) as { events: SessionEvent[] }).events;
}

/** A wire to the server that can be cut, and told to swallow what the server says. */
export class Wire {
  url = "";
  swallow = false;
  readonly #pairs = new Set<Socket>();
  readonly #listener = createServer((near) => this.#join(near));

  static async open(): Promise<Wire> {
    const wire = new Wire();
    await new Promise<void>((resolve) => wire.#listener.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${(wire.#listener.address() as AddressInfo).port}`;
    opened.push(wire);
    return wire;
  }

  /** Cut every connection; new ones may be made. */
  cut(): void {
    for (const one of this.#pairs) one.destroy();
    this.#pairs.clear();
  }

  close(): void {
    this.#listener.close();
    this.cut();
  }

  #join(near: Socket): void {
    const far = connect(Number(new URL(SERVER).port), "127.0.0.1");
    for (const one of [near, far]) {
      this.#pairs.add(one);
      one.on("error", () => one.destroy());
    }
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => this.swallow || near.write(data));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }
}
