// A connection that breaks is taken up by the client itself; joined after its last seq, nothing is missing or repeated.

import { check, Ear, once, same, success } from '../speaking.mjs';

export default async function ({ open, site }) {
  const socket = open({ reconnectionDelay: 10, reconnectionDelayMax: 20 });
  await once(socket, 'connect');
  const ear = new Ear(socket);
  const { sessionId } = await success(socket, 'createSession', { sessionType: 'manual' });
  await ear.until((event) => event.status === 'waiting', 'a wait for a prompt');

  for (let time = 1; time <= 10; time += 1) {
    await success(socket, 'sendMessage', { message: `open ${site}/news` });
    const first = socket.id;
    const back = once(socket, 'connect');
    socket.io.engine.close();
    await back;
    check(socket.id !== first, 'it is a new connection');
    const afterSeq = ear.events.at(-1).seq;
    await success(socket, 'joinSession', { sessionId, afterSeq });
    const done = (event) => event.eventType === 'action' && event.data.phase === 'done';
    await ear.until(() => ear.events.filter(done).length >= time, `the end of action ${time}`);
  }

  await success(socket, 'cancelSession');
  same((await ear.end(sessionId)).status, 'cancelled', 'it could be ended');
  ear.checkOrder(sessionId);
}
