// What every script here stands on: facts are checked in a sentence, and waited for, never slept for.

const PATIENCE = 15_000;

/** Fail with the sentence unless the fact holds. */
export function check(fact, sentence, seen) {
  if (!fact) {
    throw new Error(seen === undefined ? sentence : `${sentence}; it was ${JSON.stringify(seen)}`);
  }
}

/** Fail unless two values are the same as JSON. */
export function same(seen, wanted, sentence) {
  check(JSON.stringify(seen) === JSON.stringify(wanted), `${sentence}: wanted ${JSON.stringify(wanted)}`, seen);
}

/** Settle as `promise` does, or fail saying what was waited for. */
export function soon(promise, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited too long for ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The next time that `socket` says `event`. */
export function once(socket, event) {
  return soon(new Promise((done) => socket.once(event, done)), `"${event}"`);
}

/** The answer to a call, with the callback as its last argument, as the document passes it. */
export function answer(socket, name, ...payload) {
  return soon(new Promise((done) => socket.emit(name, ...payload, done)), `the answer to ${name}`);
}

/** The answer to a call that must succeed. */
export async function success(socket, name, ...payload) {
  const response = await answer(socket, name, ...payload);
  check(response.success === true, `${name} succeeds`, response);
  return response;
}

/** The answer to a call that must be refused, with that code and words that a person can read. */
export async function refusal(socket, code, name, ...payload) {
  const response = await answer(socket, name, ...payload);
  check(response.success === false && response.code === code, `${name} is refused with ${code}`, response);
  check(typeof response.error === 'string' && response.error.length > 10, 'the refusal is a sentence', response.error);
  return response;
}

/** Everything that a socket is told from now on, in order. */
export class Ear {
  events = [];
  #waiting = new Set();

  constructor(socket) {
    socket.on('sessionStatus', (event) => {
      this.events.push(event);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** The first event, told already or still to come, of which `fact` holds. */
  until(fact, what) {
    let look;
    const found = new Promise((done) => {
      look = () => {
        const event = this.events.find(fact);
        if (event !== undefined) done(event);
      };
      this.#waiting.add(look);
      look();
    });
    return soon(found, `${what}; told: ${this.events.length} events`).finally(() => this.#waiting.delete(look));
  }

  /** The event with which a session ends. */
  end(session) {
    const ends = ['completed', 'failed', 'cancelled'];
    return this.until((event) => event.sessionId === session && ends.includes(event.status), `the end of ${session}`);
  }

  /** Fail unless what was told of a session is 1, 2, 3 … from `first` on. */
  checkOrder(session, first = 1) {
    const told = this.events.filter((event) => event.sessionId === session).map((event) => event.seq);
    same(told, told.map((_, place) => first + place), 'every event comes once, in order');
  }
}

/** A fresh id for a file, so that scripts can share a server. */
export function fileId(name) {
  return `${name}-${Math.random().toString(36).slice(2)}`;
}
