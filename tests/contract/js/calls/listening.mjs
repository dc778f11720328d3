// Every sessionStatus has the documented members, of the documented kinds, from the session's first event on.

import { check, Ear, once, same, soon } from '../speaking.mjs';

const KINDS = { eventType: 'string', message: 'string', status: 'string', sessionId: 'string', timestamp: 'number' };

export default async function ({ open, site }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);
  let toldBefore;
  const answered = new Promise((done) => {
    socket.emit('createSession', { prompt: `open ${site}/news` }, (response) => {
      toldBefore = ear.events.length;
      done(response);
    });
  });
  const { sessionId } = await soon(answered, 'the answer');
  same(toldBefore, 0, 'the answer comes before what it caused');
  await ear.end(sessionId);

  ear.checkOrder(sessionId);
  for (const event of ear.events) {
    for (const [key, kind] of Object.entries(KINDS)) check(typeof event[key] === kind, `${key} is a ${kind}`, event);
    check(event.message.trim() !== '', 'the message can be read', event);
    check(Math.abs(Date.now() - event.timestamp) < 120_000, 'the timestamp is Unix milliseconds', event.timestamp);
    same(event.sessionId, sessionId, 'it is about this session');
  }
  const statuses = ear.events.filter((event) => event.eventType === 'status').map((event) => event.status);
  same(statuses, ['queued', 'running', 'completed'], 'the status moves as the table says');
}
