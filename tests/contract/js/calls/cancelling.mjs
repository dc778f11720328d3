// cancelSession ends the current session; a second time, or without a session, it is refused in words.

import { Ear, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);
  await refusal(socket, 'no_current_session', 'cancelSession');
  const { sessionId } = await success(socket, 'createSession', {});

  const response = await success(socket, 'cancelSession');

  same(response.session.status, 'cancelled', 'the answer tells the new status');
  const end = await ear.end(sessionId);
  same([end.status, end.data.reason], ['cancelled', 'user'], 'the end is told with its reason');
  await refusal(socket, 'session_ended', 'cancelSession');
}
