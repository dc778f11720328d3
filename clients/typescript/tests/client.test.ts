import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Refused, type SessionEvent, Unreachable } from "../src/index.ts";
import { client, closeAll, stored, tell, until, Wire } from "./speaking.ts";

afterEach(closeAll);

/** A session that waits to be told what to do. */
async function waiting(zenobia: ReturnType<typeof client>): Promise<string> {
  const { sessionId } = await zenobia.send("createSession", { sessionType: "manual" });
  return sessionId;
}

function said(events: SessionEvent[]): string[] {
  return events.flatMap((event) =>
    event.eventType === "message" && event.data.author === "user" ? event.data.text : [],
  );
}

/** From the first event on, each is there once and in its place. */
function assertWhole(events: SessionEvent[]): void {
  const seqs = events.map((event) => event.seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
  );
}

test("a command is answered", async () => {
  const { session, status } = await client().send("createSession", {
    sessionType: "manual",
    prompt: "open example.com",
  });

  assert.equal(session.prompt, "open example.com");
  assert.equal(status, "queued");
});

test("a refusal says what is wrong, for a person and for a program", async () => {
  const refused = await client()
    .send("getSession", { sessionId: "ses_nowhere" })
    .catch((error: unknown) => error);

  assert.ok(refused instanceof Refused);
  assert.equal(refused.code, "unknown_session");
  assert.equal(refused.message, "There is no session with that id.");
});

test("a session is heard from its first event, in order", async () => {
  const zenobia = client();
  const session = await waiting(zenobia);
  const heard: SessionEvent[] = [];
  await zenobia.follow(session, (event) => heard.push(event));
  await tell(session, "open example.com");
  await until(() => said(heard).includes("open example.com"));

  assertWhole(heard);
});

test("a lost connection leaves neither a gap nor a repeat", async () => {
  const wire = await Wire.open();
  const zenobia = client({ url: wire.url });
  const session = await waiting(zenobia);
  const heard: SessionEvent[] = [];
  await zenobia.follow(session, (event) => heard.push(event));
  for (const round of ["one", "two", "three"]) {
    wire.cut();
    await until(() => zenobia.link.state === "offline");
    await tell(session, round);
    await until(() => said(heard).includes(round));
  }
  await until(() => zenobia.link.state === "online");

  assert.deepEqual(said(heard), ["one", "two", "three"]);
  assertWhole(heard);
});

test("a command whose answer is lost is sent again and done once", async () => {
  const wire = await Wire.open();
  const zenobia = client({ url: wire.url });
  const session = await waiting(zenobia);
  wire.swallow = true;
  const sending = zenobia.send("sendMessage", { sessionId: session, message: "only once" });
  const heard: SessionEvent[] = [];
  await client({ observer: true }).follow(session, (event) => heard.push(event));
  await until(() => said(heard).includes("only once"));
  wire.swallow = false;
  wire.cut();
  await sending;

  assert.deepEqual(said(await stored(session)), ["only once"]);
});

test("who is superseded is told, and hears what it missed once it takes back", async () => {
  const first = client();
  const session = await waiting(first);
  const heard: SessionEvent[] = [];
  await first.follow(session, (event) => heard.push(event));
  const second = client();
  await until(() => !first.link.active && second.link.active);
  await tell(session, "while nobody listened");
  assert.deepEqual(said(heard), []);

  await first.takeBack();
  await until(() => said(heard).length === 1);

  assert.equal(first.link.active, true);
  await until(() => !second.link.active);
  assertWhole(heard);
});

test("an observer hears all, changes nothing and takes nothing away", async () => {
  const owner = client();
  const session = await waiting(owner);
  const [heard, watched]: SessionEvent[][] = [[], []];
  await owner.follow(session, (event) => heard?.push(event));
  const observer = client({ observer: true });
  await observer.follow(session, (event) => watched?.push(event));
  await tell(session, "to both");
  await until(() => said(heard ?? []).length === 1 && said(watched ?? []).length === 1);

  await assert.rejects(observer.send("cancelSession", { sessionId: session }), { code: "observer_only" });
  assert.equal(owner.link.active, true);
});

test("who watches the requests hears of each, and takes nothing away from the active client", async () => {
  const wire = await Wire.open();
  const watcher = client({ url: wire.url });
  const counts: number[] = [];
  watcher.watchRequests((pending) => counts.push(pending), false);
  await until(() => counts.length === 1);
  const active = client();
  await until(() => !watcher.link.active);
  watcher.watchRequests((pending) => counts.push(pending), true);
  const { sessionId } = await active.send("createSession", { sessionType: "playbook", prompt: 'ask a person "Who?"' });
  const before = counts[0] ?? 0;
  await until(() => counts.at(-1) === before + 1);
  assert.equal(active.link.active, true);

  wire.cut();
  await active.send("cancelSession", { sessionId });
  await until(() => counts.at(-1) === before);
});

test("creating another session does not end the following of this one", async () => {
  const zenobia = client();
  const session = await waiting(zenobia);
  const heard: SessionEvent[] = [];
  await zenobia.follow(session, (event) => heard.push(event));
  await zenobia.send("createSession", { sessionType: "manual" });
  await tell(session, "still here");

  await until(() => said(heard).includes("still here"));
});

test("a server that is not heard at all is told as no connection, and as one once it is", async () => {
  const wire = await Wire.open();
  wire.swallow = true;
  const zenobia = client({ url: wire.url });

  await until(() => zenobia.link.state === "offline");
  wire.swallow = false;
  wire.cut();

  await until(() => zenobia.link.state === "online");
});

test("without a server a command fails in time, and the link says so", async () => {
  const wire = await Wire.open();
  wire.close();
  const zenobia = client({ url: wire.url, tryFor: 400 });

  await assert.rejects(zenobia.send("listSessions", {}), Unreachable);
  assert.equal(zenobia.link.state, "offline");
});
