// joinSession by its bare id, from a second client: the answer is the session; an id that names none is refused.

import { Ear, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open, site }) {
  const creator = open();
  await once(creator, 'connect');
  const { sessionId } = await success(creator, 'createSession', { sessionType: 'manual' });

  const socket = open({ forceNew: true });
  await once(socket, 'connect');
  const ear = new Ear(socket);
  const response = await success(socket, 'joinSession', sessionId);

  same(response.session.id, sessionId, 'the session is the one joined');
  await success(socket, 'sendMessage', { message: `open ${site}/news` });
  await ear.until((event) => event.eventType === 'action' && event.data.phase === 'done', 'an action');
  ear.checkOrder(sessionId, ear.events[0].seq);

  await refusal(socket, 'unknown_session', 'joinSession', 'session-id');
  await success(socket, 'cancelSession');
}
