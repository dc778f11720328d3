// The one client of every arm. It reads one request a line from standard input, as JSON, and answers each with a line.
// Times are milliseconds, measured here: from just before a packet is handed over to the answer's callback.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const ENDS = new Set(["completed", "failed", "cancelled"]);
const PATIENCE = 60_000;
const groups = new Map();
const now = () => performance.now();

class Client {
  constructor(url, auth) {
    this.socket = io(url, { transports: ["websocket"], forceNew: true, reconnection: false, auth });
    this.waiting = new Set();
    this.socket.on("sessionStatus", (event) => this.hear(event, now()));
  }

  hear(event, at) {
    for (const one of this.waiting) {
      if (!one.fact(event)) continue;
      this.waiting.delete(one);
      clearTimeout(one.timer);
      one.found({ event, at });
    }
  }

  /** The next event of which the fact is true. */
  until(fact) {
    return new Promise((found, lost) => {
      const timer = setTimeout(() => lost(new Error("an event did not come in time")), PATIENCE);
      this.waiting.add({ fact, found, timer });
    });
  }

  connected() {
    return new Promise((done, failed) => {
      this.socket.once("connect", done);
      this.socket.once("connect_error", failed);
    });
  }

  ask(name, payload) {
    return new Promise((done, failed) => {
      const sent = now();
      this.socket.emit(name, payload, (answer) => {
        const at = now();
        if (answer.success) done({ answer, sent, at });
        else failed(new Error(`${name} was refused: ${answer.error}`));
      });
    });
  }
}

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
function* random(seed) {
  for (;;) {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const requests = {
  async connect({ group, url, clients, auth }) {
    const made = Array.from({ length: clients }, () => new Client(url, auth));
    await Promise.all(made.map((one) => one.connected()));
    groups.set(group, made);
    return { clients };
  },

  async disconnect({ group }) {
    for (const one of groups.get(group)) one.socket.disconnect();
    groups.delete(group);
    return {};
  },

  /** Every client once, one after the other. */
  async each({ group, command, payload }) {
    for (const one of groups.get(group)) await one.ask(command, payload);
    return {};
  },

  /** One after the other: the next command when the last one was answered and, if asked for, what it caused was told. */
  async alone({ group, command, payload, count, told }) {
    const [client] = groups.get(group);
    const acks = [];
    const tellings = [];
    for (let i = 0; i < count; i++) {
      const heard = told ? client.until((event) => event.eventType === told) : undefined;
      const { sent, at } = await client.ask(command, payload);
      acks.push(at - sent);
      if (heard) tellings.push((await heard).at - at);
    }
    return { acks, tellings };
  },

  /** Open loop: each client sends at its own steady pace, whether or not it was answered; phases differ. */
  async paced({ group, command, payload, count, rate, seed }) {
    const clients = groups.get(group);
    const every = (clients.length / rate) * 1000;
    const each = count / clients.length;
    const phases = random(seed);
    const due = clients
      .flatMap((client) => {
        const phase = phases.next().value * every;
        return Array.from({ length: each }, (_, i) => ({ client, at: phase + i * every }));
      })
      .sort((one, other) => one.at - other.at);
    const began = now();
    const asked = [];
    for (const { client, at } of due) {
      const wait = began + at - now();
      if (wait > 0) await sleep(wait);
      asked.push(client.ask(command, payload));
    }
    const acks = (await Promise.all(asked)).map(({ sent, at }) => at - sent);
    return { acks, seconds: (now() - began) / 1000 };
  },

  /** Closed loop: every client sends its next command as soon as it is answered; how many a second that makes. */
  async flood({ group, command, payload, count }) {
    const clients = groups.get(group);
    let left = count;
    const acks = [];
    const began = now();
    await Promise.all(
      clients.map(async (client) => {
        while (left-- > 0) {
          const { sent, at } = await client.ask(command, payload);
          acks.push(at - sent);
        }
      }),
    );
    return { acks, seconds: (now() - began) / 1000 };
  },

  /** A session that is driven by hand, standing on a page. */
  async stand({ group, prompt }) {
    const [client] = groups.get(group);
    const done = client.until((event) => event.data.phase === "done" || ENDS.has(event.status));
    const { answer } = await client.ask("createSession", { sessionType: "manual", prompt });
    const { event } = await done;
    if (ENDS.has(event.status)) throw new Error(event.message);
    return { session: answer.sessionId };
  },

  /** A session that ticks for each watcher, which follows it; until each was heard once. */
  async tickingSessions({ maker, watchers, every }) {
    const [client] = groups.get(maker);
    for (const watcher of groups.get(watchers)) {
      const { answer } = await client.ask("createSession", { sessionType: "ticking", config: { every } });
      watcher.session = answer.sessionId;
      const heard = watcher.until((event) => event.eventType === "message");
      await watcher.ask("joinSession", { sessionId: watcher.session });
      await heard;
    }
    return {};
  },

  /** One command for the session of each watcher. */
  async steer({ by, watchers, command }) {
    const [client] = groups.get(by);
    for (const { session } of groups.get(watchers)) await client.ask(command, { sessionId: session });
    return {};
  },

  /** How long the next events took from being told to being heard; both sides read the same clock. */
  async ticks({ group, count }) {
    const latencies = [];
    await Promise.all(
      groups.get(group).map((client) =>
        client.until((event) => {
          if (event.eventType === "message")
            latencies.push(Number(process.hrtime.bigint() - BigInt(event.data.text)) / 1e6);
          return latencies.length >= count;
        }),
      ),
    );
    return { latencies: latencies.slice(0, count) };
  },

  /** A session that asks before each of its steps, and a yes each time; when each yes was sent, by the shared clock. */
  async approve({ group, prompt, count }) {
    const [client] = groups.get(group);
    const sent = [];
    const asked = (event) => event.eventType === "human_layer_request" && event.data.request.status === "pending";
    let next = client.until(asked);
    const ended = client.until((event) => ENDS.has(event.status));
    await client.ask("createSession", { sessionType: "playbook", prompt });
    for (let i = 0; i < count; i++) {
      const { event } = await next;
      next = i + 1 < count ? client.until(asked) : ended;
      await sleep(10);
      sent.push(String(process.hrtime.bigint()));
      await client.ask("approveHumanLayerRequest", { requestId: event.data.request.id });
    }
    await ended;
    return { sent };
  },

  /** The same against a server in which nothing but a waiting task is woken. */
  async wake({ group, count }) {
    const [client] = groups.get(group);
    const sent = [];
    for (let i = 0; i < count; i++) {
      await sleep(10);
      sent.push(String(process.hrtime.bigint()));
      await client.ask("approveHumanLayerRequest", { requestId: "hlr_0" });
    }
    return { sent };
  },

  /** Connect to a server that only just starts, and get what was missed; when that was, by the shared clock. */
  async comeback({ url, session, afterSeq, lastSeq, status }) {
    const often = { reconnectionDelay: 10, reconnectionDelayMax: 10, randomizationFactor: 0 };
    const socket = io(url, { transports: ["websocket"], forceNew: true, ...often });
    try {
      await new Promise((done) => socket.once("connect", done));
      if (session) {
        const seqs = [];
        const all = new Promise((done) =>
          socket.on("sessionStatus", (event) => {
            seqs.push(event.seq);
            if (event.seq === lastSeq) done();
          }),
        );
        const answer = await socket.emitWithAck("joinSession", { sessionId: session, afterSeq });
        await all;
        if (answer.session.status !== status) throw new Error(`the status is ${answer.session.status}`);
        if (seqs.length !== lastSeq - afterSeq) throw new Error(`${seqs.length} events came`);
      }
      return { at: String(process.hrtime.bigint()) };
    } finally {
      socket.disconnect();
    }
  },

  /** Pictures, until their bytes are in hand. */
  async pictures({ group, payload, count }) {
    const [client] = groups.get(group);
    const times = [];
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const began = now();
      const { answer } = await client.ask("takeScreenshot", payload);
      const picture = answer.screenshot;
      const data = typeof picture === "string" ? Buffer.from(picture, "base64") : picture;
      times.push(now() - began);
      if (!answer.live || !Buffer.isBuffer(data)) throw new Error("that was no live picture");
      bytes = data.length;
    }
    return { times, bytes };
  },

  /** Have a session that is driven by hand stand on another page. */
  async goTo({ group, session, url }) {
    const [client] = groups.get(group);
    const done = client.until((event) => event.sessionId === session && event.data.phase === "done");
    await client.ask("sendMessage", { sessionId: session, message: `open ${url}` });
    await done;
    return {};
  },

  /** Live pictures, as they come; each is taken at once. */
  async watch({ group, session, lens, count }) {
    const [client] = groups.get(group);
    const frames = [];
    await new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error("live pictures did not come in time")), PATIENCE);
      client.socket.on("liveFrame", (frame, taken) => {
        frames.push({ at: Date.now(), picture: frame.picture });
        taken();
        if (frames.length < count) return;
        clearTimeout(timer);
        done();
      });
      client.ask("startLiveView", { sessionId: session, ...lens }).catch(failed);
    });
    client.socket.off("liveFrame");
    await client.ask("stopLiveView", { sessionId: session });
    return { frames: frames.map(({ at, picture }) => [at, picture.toString("base64")]) };
  },

  /** So many viewers, who go on until they look away. */
  async look({ group, session, lens, viewers }) {
    for (const client of groups.get(group).slice(0, viewers)) {
      client.seen = 0;
      client.began = now();
      client.socket.on("liveFrame", (_, taken) => {
        client.seen++;
        taken();
      });
      await client.ask("startLiveView", { sessionId: session, ...lens });
    }
    return {};
  },

  /** How many pictures a second the one had that had fewest. */
  async lookAway({ group, session }) {
    const paces = [];
    for (const client of groups.get(group).filter(({ seen }) => seen !== undefined)) {
      paces.push((client.seen / (now() - client.began)) * 1000);
      client.seen = undefined;
      client.socket.off("liveFrame");
      await client.ask("stopLiveView", { sessionId: session });
    }
    return { slowest: Math.min(...paces) };
  },

  /** From createSession to the outcome of its first action, and then its end. */
  async firstPage({ group, prompt }) {
    const [client] = groups.get(group);
    let session;
    const done = client.until((event) => event.data.phase === "done" || ENDS.has(event.status));
    const ended = client.until((event) => ENDS.has(event.status) && (!session || event.sessionId === session));
    const { sent, at, answer } = await client.ask("createSession", { sessionType: "playbook", prompt });
    session = answer.sessionId;
    const loaded = await done;
    if (loaded.event.data.phase !== "done") throw new Error(loaded.event.message);
    await ended;
    return { ack: at - sent, loaded: loaded.at - sent };
  },

  /** Many sessions at once, each followed by an observer to its end. */
  async crowd({ makers, watchers, prompt, sessions }) {
    const all = groups.get(makers).slice(0, sessions);
    const observers = groups.get(watchers);
    const order = [];
    const acks = [];
    const began = now();
    let ackedAt = 0;
    const endings = all.map(async (client, i) => {
      const { sent, at, answer } = await client.ask("createSession", { sessionType: "playbook", prompt });
      order.push(i);
      acks.push(at - sent);
      ackedAt = Math.max(ackedAt, at);
      const observer = observers[i];
      const ended = observer.until((event) => event.sessionId === answer.sessionId && ENDS.has(event.status));
      const started = observer.until((event) => event.sessionId === answer.sessionId && event.status === "running");
      await observer.ask("joinSession", { sessionId: answer.sessionId, afterSeq: 0 });
      return { started: (await started).event.timestamp, end: await ended };
    });
    const lives = await Promise.all(endings);
    const starts = lives.map(({ started }) => started);
    const ends = lives.map(({ end }) => end.event.timestamp);
    const atOnce = starts.map((at) => starts.filter((start, i) => start <= at && at < ends[i]).length);
    return {
      acks,
      acked: ackedAt - began,
      acksInOrder: order.every((one, i) => one === i),
      startsInOrder: order.every((one, i) => i === 0 || starts[one] >= starts[order[i - 1]]),
      atOnce: Math.max(...atOnce),
      completed: lives.filter(({ end }) => end.event.status === "completed").length,
      wall: Math.max(...lives.map(({ end }) => end.at)) - began,
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { request, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = await requests[request](given);
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
process.exit(0);
